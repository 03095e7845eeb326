"""Where pods go: tolerations, selectors and affinities in Kubernetes objects, Helm values and add-ons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from policies.node_requirements import Requirement, requirements
from policies.nodes import nodes
from policies.pods import WORKLOADS, pods_of
from policies.reading import Properties, Undecided
from policies.releases import RELEASES, Release
from policies.resources import Resource, Stack
from policies.taints import Toleration, toleration

ADDON: Final = "aws:eks/addon:Addon"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
TYPES: Final = (*WORKLOADS, *RELEASES, ADDON)

_KEYS: Final = frozenset({"tolerations", "nodeSelector", "affinity"})
_NODE_TERMS: Final = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"


@dataclass(frozen=True)
class Placement:
    """One place of a resource that says where pods go: a pod's specification, or a part of a chart's values."""

    resource: Resource
    properties: Properties
    """Holds `tolerations`, `nodeSelector` and `affinity`."""
    labels: Properties
    """Of the pods, as far as the place says."""
    in_values: bool
    """Whether a chart makes pods of it: what it does not say, the chart may."""

    def tolerations(self) -> list[Toleration]:
        """Return its tolerations."""
        return [toleration(each) for each in self.properties.inners("tolerations")]

    def selects(self, labels: Mapping[str, str]) -> str | None:
        """Return the path at which it asks for nodes with one of some labels; None where it does not."""
        for key, value in labels.items():
            if self.properties.inner("nodeSelector").entry(key) == value:
                return self.properties.at("nodeSelector", key)
            for term in self._terms():
                if any(each.key == key and each.operator == "In" and value in each.values for each in term):
                    return self.properties.at(_NODE_TERMS)
        return None

    def keeps_off(self, labels: Mapping[str, str]) -> bool:
        """Say whether its pods can't land on nodes with all these labels, whatever the nodes' taints."""
        selector = self.properties.inner("nodeSelector")
        if any((asked := selector.entry(key)) is not None and asked != value for key, value in labels.items()):
            return True
        terms = self._terms()
        return bool(terms) and all(
            any(each.key in labels and not each.allows(labels[each.key]) for each in term) for term in terms
        )

    def _terms(self) -> list[list[Requirement]]:
        return [requirements(term, "matchExpressions") for term in self.properties.inners(_NODE_TERMS)]


def placements(resource: Resource) -> Iterator[Placement]:
    """Give the places of a resource that say where pods go."""
    if resource.type.startswith("kubernetes:helm.sh/"):
        for mapping in mappings(resource.properties.value("values"), "values"):
            if not _KEYS.isdisjoint(mapping.value()):
                yield Placement(resource, mapping, Properties({}), in_values=True)
    elif resource.type == ADDON:
        for mapping in mappings(_configuration(resource), "configurationValues"):
            if not _KEYS.isdisjoint(mapping.value()):
                yield Placement(resource, mapping, Properties({}), in_values=True)
    else:
        for pod in pods_of(resource):
            yield Placement(resource, pod.spec, pod.labels, in_values=False)


def _configuration(addon: Resource) -> Any:
    """Return an add-on's configuration, which EKS takes as JSON or YAML; nothing where it is neither."""
    try:
        return yaml.safe_load(addon.properties.text("configurationValues") or "")
    except yaml.YAMLError:
        return None


def mappings(value: Any, path: str) -> Iterator[Properties]:
    """Give a mapping and all mappings in it, at any depth; what is not known yet is left out."""
    for keys, node in nodes(value):
        if not isinstance(node, str | bool | int | float) and isinstance(node, Mapping):
            yield Properties(cast("Mapping[str, Any]", node), ".".join((path, *keys)))


def names_of(resource: Resource) -> set[str]:
    """Return the names by which a workload is known: of the release and its chart, of the object, of the add-on."""
    said = [resource.name]
    if resource.type.startswith("kubernetes:helm.sh/"):
        said += [Release(resource).chart_name, resource.properties.text("name") or ""]
    elif resource.type == ADDON:
        said.append(resource.properties.text("addonName") or "")
    else:
        labels = resource.properties.inner("metadata.labels")
        said += [resource.properties.text("metadata.name") or "", labels.entry("app.kubernetes.io/name") or ""]
    return {name for name in said if name}


def workload_of(stack: Stack, placement: Placement, label: str) -> tuple[str | None, str | None]:
    """Return what pods are there for, by their label or that of their namespace, and the namespace's name."""
    resource = placement.resource
    helm = resource.type.startswith("kubernetes:helm.sh/")
    property_, path = ("namespace", "namespace") if helm else ("metadata", "metadata.namespace")
    own = placement.labels.entry(label) or (None if helm else resource.properties.inner("metadata.labels").entry(label))
    try:
        name = resource.properties.text(path)
    except Undecided:
        name = None
    named = [
        each
        for each in stack.of_type(NAMESPACE)
        if each.urn in resource.property_dependencies.get(property_, ())
        or (name is not None and each.properties.text("metadata.name") == name)
    ]
    if own or not named:
        return own, name
    return named[0].properties.inner("metadata.labels").entry(label), name
