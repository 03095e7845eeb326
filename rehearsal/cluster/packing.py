"""What the nodes cost and how full they are: GPUs that pods hold of those that are paid, by pool and machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.naming import CAPACITY_LABEL, POOL_LABEL
from rehearsal.cluster.amounts import amounts, pod_requests
from rehearsal.cluster.karpenter_types import CAPACITY_TYPE_LABEL, usd_per_hour
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL, ZONE_LABEL
from rehearsal.cluster.pod_templates import ACCELERATOR_RESOURCES


@dataclass(frozen=True)
class NodeUse:
    """One node: what it is, what it costs and what its pods hold of it."""

    name: str
    pool: str
    instance_type: str
    zone: str
    spot: bool
    bought_by: str
    """The NodePool that Karpenter bought it for; empty for a node of a managed group."""
    usd_per_hour: float | None
    own: bool
    """Whether it is one's own machine, which nobody bills by the hour."""
    accelerators: int
    accelerators_used: int
    cpu_share: float
    """Share of the allocatable CPU that pods have reserved."""
    memory_share: float
    pods: int


@dataclass(frozen=True)
class PoolUse:
    """All nodes of one pool together."""

    pool: str
    nodes: int
    accelerators: int
    accelerators_used: int
    usd_per_hour: float
    unpriced: int
    """Nodes that the catalogue has no price for; they are not in the sum."""
    own: int
    """Own machines; they are not in the sum either."""


def node_uses(nodes: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]]) -> list[NodeUse]:
    """Return every node with what pods hold of it, by pool and name."""
    held: dict[str, list[dict[str, int]]] = {}
    for pod in pods:
        name = pod["spec"].get("nodeName")
        if name and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            held.setdefault(name, []).append(pod_requests(pod["spec"]))
    found = [_use(node, held.get(node["metadata"]["name"], [])) for node in nodes]
    return sorted(found, key=lambda use: (use.pool, use.name))


def _use(node: Mapping[str, Any], requests: list[dict[str, int]]) -> NodeUse:
    labels: Mapping[str, str] = node["metadata"].get("labels") or {}
    have = amounts((node.get("status") or {}).get("allocatable"))
    used = {name: sum(each.get(name, 0) for each in requests) for name in have}
    spot = "spot" in (labels.get(CAPACITY_LABEL), labels.get(CAPACITY_TYPE_LABEL))
    instance_type = labels.get(INSTANCE_TYPE_LABEL, "")
    return NodeUse(
        name=str(node["metadata"]["name"]),
        pool=labels.get(POOL_LABEL, ""),
        instance_type=instance_type,
        zone=labels.get(ZONE_LABEL, ""),
        spot=spot,
        bought_by=labels.get("karpenter.sh/nodepool", ""),
        usd_per_hour=usd_per_hour(instance_type, "spot" if spot else "on-demand"),
        own=labels.get(CAPACITY_LABEL) == "on-premises",
        accelerators=sum(have.get(name, 0) for name in ACCELERATOR_RESOURCES),
        accelerators_used=sum(used.get(name, 0) for name in ACCELERATOR_RESOURCES),
        cpu_share=_share(used, have, "cpu"),
        memory_share=_share(used, have, "memory"),
        pods=used.get("pods", 0),
    )


def _share(used: Mapping[str, int], have: Mapping[str, int], name: str) -> float:
    return round(used.get(name, 0) / have[name], 3) if have.get(name) else 0.0


def pool_uses(nodes: Iterable[NodeUse]) -> list[PoolUse]:
    """Return the nodes added up by pool."""
    by_pool: dict[str, list[NodeUse]] = {}
    for node in nodes:
        by_pool.setdefault(node.pool, []).append(node)
    return [
        PoolUse(
            pool=pool,
            nodes=len(own),
            accelerators=sum(node.accelerators for node in own),
            accelerators_used=sum(node.accelerators_used for node in own),
            usd_per_hour=round(sum(node.usd_per_hour or 0 for node in own), 4),
            unpriced=sum(node.usd_per_hour is None and not node.own for node in own),
            own=sum(node.own for node in own),
        )
        for pool, own in sorted(by_pool.items())
    ]
