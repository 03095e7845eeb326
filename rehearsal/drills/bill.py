"""What a cluster's machines cost, and the least that the machines for given pods could have cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.cluster.amounts import added, amounts, pod_requests
from rehearsal.cluster.karpenter_types import allocatable, offers
from rehearsal.drills.admission import Pod, Purchase, may_land, purchases
from rehearsal.drills.drill import Ground
from rehearsal.drills.lower_bound import Amounts, CheapestPacking, Machine, PodClass, cheapest_packing, fit
from rehearsal.drills.timeline import NodeLife
from rehearsal.drills.watching import Object


@dataclass(frozen=True)
class Room:
    """What is still free on a node."""

    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, Any]]
    left: Amounts

    def slots(self, pod: Pod, requests: Amounts, most: int) -> int:
        """Return how many pods like this one fit."""
        return fit(requests, self.left, most) if may_land(pod, self.labels, self.taints) else 0


def free_room(nodes: Iterable[Object], pods: Iterable[Object]) -> list[Room]:
    """Return what is free on each node that takes pods."""
    taken: dict[str, list[Amounts]] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName")
        if node and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            taken.setdefault(node, []).append(pod_requests(pod["spec"]))
    rooms: list[Room] = []
    for node in nodes:
        if node["spec"].get("unschedulable") or node["metadata"].get("deletionTimestamp"):
            continue
        used = added(taken.get(node["metadata"]["name"], []))
        have = amounts((node.get("status") or {}).get("allocatable"))
        left = {name: value - used.get(name, 0) for name, value in have.items()}
        rooms.append(Room(node["metadata"].get("labels") or {}, node["spec"].get("taints") or [], left))
    return rooms


def usd_per_hour(nodes: Iterable[NodeLife], at: float) -> float:
    """Return what the nodes that stand at a time cost; those without a price in the catalogue are left out."""
    standing = (node for node in nodes if node.joined <= at and (node.gone is None or node.gone > at))
    return sum(node.usd_per_hour or 0.0 for node in standing)


def least_usd_per_hour(ground: Ground, pods: Sequence[Object], rooms: Sequence[Room]) -> CheapestPacking:
    """Return the cheapest machines of the ground's NodePools for pods, after what fits into the rooms.

    Pods of one class fill the rooms first. With several classes, which would compete for them, the rooms are left out:
    the caller then gives only the pods that landed on new machines. Raises `NoMachineError`.
    """
    buyable = {each.name: each for each in purchases(ground.node_pools, offers())}
    alike: dict[tuple[tuple[tuple[str, int], ...], frozenset[str]], list[Pod]] = {}
    for pod in pods:
        admitted = frozenset(name for name, each in buyable.items() if each.takes(pod["spec"]))
        alike.setdefault((tuple(sorted(pod_requests(pod["spec"]).items())), admitted), []).append(pod["spec"])
    daemons = [each["spec"]["template"]["spec"] for each in ground.api.list("DaemonSet", "apps/v1")]
    classes: list[PodClass] = []
    for (requests, admitted), specs in alike.items():
        count = len(specs)
        if len(alike) == 1:
            for room in rooms:
                count -= room.slots(specs[0], dict(requests), count)
        classes.append(PodClass(f"{len(specs)} pods", dict(requests), count, admitted))
    return cheapest_packing(classes, [_machine(each, daemons, ground.disk_gib) for each in buyable.values()])


def _machine(purchase: Purchase, daemons: Sequence[Pod], disk_gib: int) -> Machine:
    """Return a machine with what DaemonSets leave of it."""
    taken = added(pod_requests(each) for each in daemons if purchase.takes(each))
    have = allocatable(purchase.offer.type, disk_gib)
    left = {name: value - taken.get(name, 0) for name, value in have.items()}
    return Machine(purchase.name, purchase.offer.usd_per_hour, left)
