"""Groups of machines, whatever makes them: EKS node groups, Karpenter NodePools, dedicated hosts and instances."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from policies.accelerators import GPU_RESOURCE, NEURON_RESOURCE, accelerator_of, biggest
from policies.instance_facts import facts_of
from policies.node_requirements import capacity_types, open_types, requirements
from policies.quantities import quantity
from policies.reading import Properties
from policies.resources import Resource, Stack
from policies.taints import Taint, taint

POOL_LABEL: Final = "llm-platform/pool"
"""Label that says which pool a node belongs to: system, training, inference or spot."""
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
NODE_POOL: Final = "kubernetes:karpenter.sh/*:NodePool"
NODE_CLASS: Final = "kubernetes:karpenter.k8s.aws/*:EC2NodeClass"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
DEDICATED_HOST: Final = "aws:ec2/dedicatedHost:DedicatedHost"
INSTANCE: Final = "aws:ec2/instance:Instance"
TYPES: Final = (NODE_GROUP, NODE_POOL, DEDICATED_HOST, INSTANCE)

_LABELS: Final = {"nvidia.com/": GPU_RESOURCE, "aws.amazon.com/neuron": NEURON_RESOURCE}
"""Starts of labels that only nodes with accelerators have."""
_IMAGES: Final = {"NVIDIA": GPU_RESOURCE, "GPU": GPU_RESOURCE, "NEURON": NEURON_RESOURCE}
"""Ends of EKS' image types for accelerators."""


@dataclass(frozen=True)
class Machines(ABC):
    """A group of machines."""

    resource: Resource
    template: Resource | None = None
    """The launch template that a node group refers to, where it stands in the stack."""

    @property
    def properties(self) -> Properties:
        """Return the properties of the resource that makes them."""
        return self.resource.properties

    @property
    @abstractmethod
    def labels(self) -> Properties:
        """Return the labels of their nodes."""

    @property
    @abstractmethod
    def taints_path(self) -> str:
        """Return where their taints stand."""

    @property
    @abstractmethod
    def types(self) -> list[str]:
        """Return the instance types that they may be of; none where that is not said."""

    @property
    @abstractmethod
    def spot(self) -> bool:
        """Say whether they may be on spot capacity."""

    @property
    @abstractmethod
    def max_nodes(self) -> float | None:
        """Return how many there may be at most; None where that is not limited."""

    @cached_property
    def taints(self) -> list[Taint]:
        """Return the taints of their nodes, without those for the start alone."""
        return [taint(each) for each in self.properties.inners(self.taints_path)] if self.taints_path else []

    def pool(self, label: str = POOL_LABEL) -> str | None:
        """Return the pool that they belong to."""
        return self.labels.entry(label)

    @property
    def on_cluster(self) -> bool:
        """Say whether they are nodes of a cluster."""
        return True

    @cached_property
    def resources(self) -> set[str]:
        """Return the extended resources of their accelerators; empty for machines without any."""
        return {found for type_ in self.types if (found := accelerator_of(type_))} | {
            resource
            for key in self.labels.keys()  # noqa: SIM118 - not a mapping: keys() leaves out nulls
            for start, resource in _LABELS.items()
            if key.startswith(start) and self.labels.entry(key) != "false"
        }

    @property
    def max_gpus(self) -> float | None:
        """Return how many NVIDIA GPUs they have at most, None where nothing limits them."""
        most = max((facts.gpus for type_ in self.types if (facts := facts_of(type_))), default=0)
        if most == 0:
            return 0
        return None if self.max_nodes is None else most * self.max_nodes


class NodeGroup(Machines):
    """Of an EKS managed node group."""

    @property
    def labels(self) -> Properties:
        """Return the labels of its nodes."""
        return self.properties.inner("labels")

    @property
    def taints_path(self) -> str:
        """Return where its taints stand."""
        return "taints"

    @property
    def types(self) -> list[str]:
        """Return its types: its own, or that of its launch template."""
        own = self.properties.texts("instanceTypes")
        of_template = self.template.properties.text("instanceType") if self.template and not own else None
        return own or ([of_template] if of_template else [])

    @property
    def spot(self) -> bool:
        """Say whether its capacity type is spot."""
        return self.properties.text("capacityType") == "SPOT"

    @property
    def max_nodes(self) -> float | None:
        """Return its maximum size."""
        return self.properties.number("scalingConfig.maxSize")

    @cached_property
    def resources(self) -> set[str]:
        """Return what its types and labels say, and its image."""
        image = (self.properties.text("amiType") or "").rpartition("_")[2]
        return super().resources | ({_IMAGES[image]} if image in _IMAGES else set())


class NodePool(Machines):
    """Of a Karpenter NodePool."""

    @property
    def labels(self) -> Properties:
        """Return the labels of its nodes."""
        return self.properties.inner("spec.template.metadata.labels")

    @property
    def taints_path(self) -> str:
        """Return where its taints stand; startup taints are another list."""
        return "spec.template.spec.taints"

    @property
    def types(self) -> list[str]:
        """Return the types that its requirements leave open."""
        return self._open_types

    @cached_property
    def _open_types(self) -> list[str]:
        return open_types(requirements(self.properties.inner("spec.template.spec")))

    @property
    def spot(self) -> bool:
        """Say whether its requirements leave spot capacity open, as they do by saying nothing."""
        return "spot" in capacity_types(requirements(self.properties.inner("spec.template.spec")))

    @property
    def max_nodes(self) -> float | None:
        """Return its limit of nodes."""
        return self.limit("nodes")

    def limit(self, resource: str) -> float | None:
        """Return its limit of a resource; None where it has none."""
        found = quantity(self.properties.inner("spec.limits"), resource)
        return None if found is None else float(found)

    @property
    def max_gpus(self) -> float | None:
        """Return its limit of GPUs, None for a NodePool with GPUs and no limit of them."""
        if GPU_RESOURCE not in self.resources:
            return 0
        return self.limit(GPU_RESOURCE)


class Host(Machines):
    """A dedicated host, or an instance of its own: outside the cluster as far as a policy sees."""

    @property
    def labels(self) -> Properties:
        """Return none: tags are not labels of nodes."""
        return Properties({})

    @property
    def taints_path(self) -> str:
        """Return none."""
        return ""

    @property
    def types(self) -> list[str]:
        """Return its type; of a host for a whole family, the biggest that there are facts of."""
        type_ = self.properties.text("instanceType")
        family = self.properties.text("instanceFamily")
        return [type_] if type_ else [biggest(family)] if family else []

    @property
    def spot(self) -> bool:
        """Say whether an instance is on spot capacity."""
        return self.properties.text("instanceMarketOptions.marketType") == "spot"

    @property
    def max_nodes(self) -> float | None:
        """Return one; none for an instance on a dedicated host, which is counted already."""
        on_host = self.properties.has("hostId") or self.properties.text("tenancy") == "host"
        return 0 if on_host else 1

    @property
    def on_cluster(self) -> bool:
        """Say no."""
        return False

    @property
    def max_gpus(self) -> float | None:
        """Return the GPUs of a host, which has as many as the biggest type of the family, or of an instance."""
        types = [
            biggest(type_.partition(".")[0]) if self.resource.kind == "DedicatedHost" else type_ for type_ in self.types
        ]
        return (self.max_nodes or 0) * max((facts.gpus for each in types if (facts := facts_of(each))), default=0)


def machines_of(resource: Resource, template: Resource | None = None) -> Machines | None:
    """Return the machines that a resource makes; None for one that makes none."""
    if resource.type == NODE_GROUP:
        return NodeGroup(resource, template)
    if resource.type.startswith("kubernetes:karpenter.sh/") and resource.kind == "NodePool":
        return NodePool(resource)
    return Host(resource) if resource.type in (DEDICATED_HOST, INSTANCE) else None


def machines_in(stack: Stack) -> Iterator[Machines]:
    """Give the machines of a stack, those of node groups with their launch templates."""
    templates = {
        group.urn: template for template in stack.of_type(LAUNCH_TEMPLATE) for group in groups_with(stack, template)
    }
    for resource in stack.of_type(*TYPES):
        machines = machines_of(resource, templates.get(resource.urn))
        if machines:
            yield machines


def groups_with(stack: Stack, template: Resource) -> list[Resource]:
    """Return the node groups that refer to a launch template."""
    found = {
        group.urn: group
        for path, names in (("launchTemplate", ()), ("launchTemplate.id", ("id",)), ("launchTemplate.name", ("name",)))
        for group in stack.referring(template, path, NODE_GROUP, names=names)
    }
    return list(found.values())
