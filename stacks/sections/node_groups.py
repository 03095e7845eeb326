"""The section `node_groups`: the system, training, inference and spot pools of the cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.sections.approval import ApprovalSettings
from stacks.sections.section import Section
from stacks.value_types import (
    DiskGib,
    Flag,
    GroupName,
    InstanceTypeName,
    NodeCount,
    ReservationId,
    Whole,
    Zone,
)

AmiType = Literal[
    "AL2023_x86_64_STANDARD",
    "AL2023_x86_64_NVIDIA",
    "AL2023_x86_64_NEURON",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "AL2023_ARM_64_STANDARD",
    "AL2023_ARM_64_NVIDIA",
]
CapacityKind = Literal["on-demand", "reservation", "capacity-block"]

MOST_INSTANCE_TYPES = 20
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html (instanceTypes)"""

InstanceTypes = Annotated[tuple[InstanceTypeName, ...], Field(min_length=1, max_length=MOST_INSTANCE_TYPES)]
Zones = Annotated[tuple[Zone, ...], Field(min_length=1)]
MostNodes = Annotated[int, Whole(1, 450, "nodes")]
"""A managed node group has at most 450: https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html"""


class NodeRange(Section):
    """How many nodes a group may have, and each one's disk."""

    min_nodes: NodeCount
    """Nodes that always stand"""

    desired_nodes: NodeCount
    """Nodes at the first update; later ones leave the number alone (no release here scales managed groups)"""

    max_nodes: MostNodes
    """Nodes that the group may be scaled to"""

    disk_gib: DiskGib
    """Root volume of each node"""


class SystemGroupSettings(NodeRange):
    """The pool for add-ons and controllers: no GPU, never scaled to zero."""

    instance_types: InstanceTypes
    """Instance types without accelerator, in order of preference"""

    zones: Zones
    """Zones that the group spreads over"""


class CapacitySettings(Section):
    """How training nodes are bought."""

    kind: CapacityKind = "on-demand"
    """On demand, from a capacity reservation, or from a capacity block"""

    reservation_id: ReservationId | None = None
    """The reservation or the block"""


class TrainingGroupSettings(NodeRange):
    """A pool for training: one zone, one placement group."""

    name: GroupName
    """Name of the group, unique among all pools and dedicated hosts"""

    instance_type: InstanceTypeName
    """The one instance type of the group"""

    zone: Zone
    """The one zone: a cluster placement group does not span zones"""

    efa: Flag = False
    """Whether nodes get every EFA interface that the instance type has"""

    ami_type: AmiType = "AL2023_x86_64_NVIDIA"
    """EKS image of the nodes"""

    capacity: CapacitySettings = CapacitySettings()
    """How the nodes are bought"""

    team: GroupName | None = None
    """Team that has them for itself and pays, as the tag of machines and disks says; the environment's when left out"""

    approval: ApprovalSettings | None = None
    """Who agreed to what the nodes cost; for expensive types"""


class InferenceGroupSettings(NodeRange):
    """A pool for serving: on demand, in several zones."""

    name: GroupName
    """Name of the group, unique among all pools and dedicated hosts"""

    instance_types: InstanceTypes
    """Instance types with the same number of GPUs, for serving on demand of the same model, in order of preference"""

    zones: Zones
    """Zones that the group spreads over"""

    ami_type: AmiType = "AL2023_x86_64_NVIDIA"
    """EKS image of the nodes"""

    team: GroupName | None = None
    """Team that has them for itself and pays, as the tag of machines and disks says; the environment's when left out"""

    approval: ApprovalSettings | None = None
    """Who agreed to what the nodes cost; for expensive types"""


class FloorSettings(Section):
    """The on-demand nodes that stay when spot capacity goes away."""

    group: GroupName
    """Name of the inference group that keeps them"""

    min_nodes: NodeCount
    """How many it keeps; no more than that group's min_nodes"""


class SpotGroupSettings(InferenceGroupSettings):
    """A pool on spot capacity, over three or more instance types."""

    on_demand_floor: FloorSettings
    """What serves on when spot capacity goes away"""


class NodeGroupsSettings(Section):
    """The managed node groups of the cluster."""

    system: SystemGroupSettings
    """The pool for add-ons and controllers"""

    training: tuple[TrainingGroupSettings, ...] = ()
    """Pools for training"""

    inference: tuple[InferenceGroupSettings, ...] = ()
    """Pools for serving"""

    spot: tuple[SpotGroupSettings, ...] = ()
    """Pools on spot capacity"""
