"""What the simulated cluster showed: the part of a rehearsal that --cluster adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.cluster.packing import NodeUse, PoolUse
from rehearsal.cluster.placement import Workload
from rehearsal.cluster.releases import ReleaseReport


@dataclass(frozen=True)
class CustomKindReport:
    """A custom kind whose objects were checked against something else than its chart's definition."""

    kind: str
    api_version: str
    checked_by: str
    """The Go module that the definition is from; empty where any content was taken."""


@dataclass(frozen=True)
class ClusterReport:
    """Everything that was seen in the cluster when it had come to rest."""

    kubernetes_version: str
    existing: bool
    """Whether it was a cluster that was there already."""
    karpenter: bool
    """Whether Karpenter ran."""
    speed: float
    """How many times faster than real time nodes and pods start."""
    nodes: tuple[NodeUse, ...]
    pools: tuple[PoolUse, ...]
    workloads: tuple[Workload, ...]
    releases: tuple[ReleaseReport, ...]
    custom_kinds: tuple[CustomKindReport, ...]
    missing_pods: Mapping[str, str]
    """Pods that an operator would make and that are not placed, by kind of the custom resource."""
    skipped: tuple[str, ...]
    """URNs of Kubernetes resources that were not applied, because something they depend on failed."""
    objects: int
    """How many objects were applied."""
    notes: tuple[str, ...] = field(default=())
    """What else a reader should know."""

    @property
    def usd_per_hour(self) -> float:
        """Price of all nodes that have one."""
        return round(sum(pool.usd_per_hour for pool in self.pools), 4)

    @property
    def accelerators(self) -> int:
        """GPUs and Neuron devices that are paid."""
        return sum(pool.accelerators for pool in self.pools)

    @property
    def accelerators_used(self) -> int:
        """Those of them that pods hold."""
        return sum(pool.accelerators_used for pool in self.pools)
