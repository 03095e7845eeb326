"""Definitions of the custom resources that are applied: a chart's own, a Go module's, or one that checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.apply_order import Manifest
from rehearsal.cluster.manifests import parse

MODULES: Final[Mapping[str, str]] = {
    "keda.sh": "github.com/kedacore/keda/v2",
    "eventing.keda.sh": "github.com/kedacore/keda/v2",
    "karpenter.sh": "sigs.k8s.io/karpenter",
    "karpenter.k8s.aws": "github.com/aws/karpenter-provider-aws",
    "gateway.networking.k8s.io": "sigs.k8s.io/gateway-api",
    "monitoring.coreos.com": "github.com/prometheus-operator/prometheus-operator",
    "cert-manager.io": "github.com/cert-manager/cert-manager",
    "acme.cert-manager.io": "github.com/cert-manager/cert-manager",
    "gateway.envoyproxy.io": "github.com/envoyproxy/gateway",
}
"""The Go module that carries the definitions of an API group."""

UNANSWERED: Final = frozenset({"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"})
"""Kinds that send the API server to a service, behind which nothing runs here."""

CLUSTER_WIDE: Final = frozenset(
    {
        "AdmissionCheck",
        "ResourceFlavor",
        "Topology",
        "WorkloadPriorityClass",
        "GatewayClass",
        "NodePool",
        "EC2NodeClass",
    }
)
"""Kinds of no namespace whose name does not begin with Cluster."""


@dataclass(frozen=True, order=True)
class CustomKind:
    """A kind that is no part of Kubernetes."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """Its API group."""
        return self.api_version.partition("/")[0]


@dataclass
class Definitions:
    """What was found for the kinds that were wanted."""

    from_modules: dict[CustomKind, str] = field(default_factory=dict[CustomKind, str])
    """Kinds checked against the definition in a Go module, and which."""
    unchecked: set[CustomKind] = field(default_factory=set[CustomKind])
    """Kinds for which nothing was found: any content is taken."""
    refused: list[ApiError] = field(default_factory=list[ApiError])


def define(api: Api, manifests: Iterable[Manifest], module_crds: Callable[[str], Iterable[Path]] | None) -> Definitions:
    """See to it that every kind among the manifests is served; the charts' own definitions are there already.

    `module_crds` gives the definitions' files of a Go module; None where there is no toolchain.
    """
    found = Definitions()
    wanted = {CustomKind(str(m["apiVersion"]), str(m["kind"])) for m in manifests}
    missing = sorted(kind for kind in wanted if not api.serves(kind.kind, kind.api_version))
    modules = {kind: module for kind in missing if (module := MODULES.get(kind.group))} if module_crds else {}
    if module_crds and modules:
        for module in sorted(set(modules.values())):
            groups = {kind.group for kind, of in modules.items() if of == module}
            definitions = [
                without_conversion(crd)
                for file in module_crds(module)
                for crd in parse(file.read_text(encoding="utf-8")).crds
                if crd["spec"]["group"] in groups
            ]
            found.refused += api.apply_all(definitions)
    for kind in missing:
        if api.serves(kind.kind, kind.api_version):
            found.from_modules[kind] = modules[kind]
        else:
            found.unchecked.add(kind)
    found.refused += api.apply_all(stand_ins(found.unchecked))
    return found


def without_conversion(crd: Manifest) -> dict[str, Any]:
    """Return a definition whose versions are converted by nobody: the webhook that does it is not there."""
    spec = {key: value for key, value in crd["spec"].items() if key != "conversion"}
    return {**crd, "spec": spec}


def converts_by_webhook(crd: Manifest) -> bool:
    """Say whether a definition has its versions converted by a webhook."""
    return (crd["spec"].get("conversion") or {}).get("strategy") == "Webhook"


def is_unanswered(manifest: Manifest) -> bool:
    """Say whether the API server would wait for something that does not run here once the manifest is applied."""
    aggregated = manifest.get("kind") == "APIService" and (manifest.get("spec") or {}).get("service")
    return manifest.get("kind") in UNANSWERED or bool(aggregated)


def stand_ins(kinds: Iterable[CustomKind]) -> list[dict[str, Any]]:
    """Return definitions that take anything: one per kind, with all of its versions."""
    versions: dict[tuple[str, str], list[str]] = {}
    for kind in sorted(kinds):
        group, _, version = kind.api_version.partition("/")
        versions.setdefault((group, kind.kind), []).append(version)
    return [_permissive(group, kind, found) for (group, kind), found in versions.items()]


def _permissive(group: str, kind: str, versions: list[str]) -> dict[str, Any]:
    plural = plural_of(kind)
    namespaced = not kind.startswith("Cluster") and kind not in CLUSTER_WIDE
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    metadata: dict[str, Any] = {"name": f"{plural}.{group}"}
    if group.endswith((".k8s.io", ".kubernetes.io")):
        # Kubernetes keeps these groups to itself unless a definition says that it is none of its own.
        # https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, stands in for a definition not at hand"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == versions[-1],
                    "schema": schema,
                    "subresources": {"status": {}},
                }
                for version in versions
            ],
        },
    }


def plural_of(kind: str) -> str:
    """Return a kind's name in paths, as controller-gen makes it."""
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
