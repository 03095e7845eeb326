"""What the drill `scale-out` saw, as events, tables and verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.cluster.karpenter import NODE_CLAIM, NODE_POOL_LABEL
from rehearsal.cluster.karpenter_types import CAPACITY_TYPE_LABEL
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL
from rehearsal.drills.bill import usd_per_hour
from rehearsal.drills.drill import Finding, Ground, Table, Verdict
from rehearsal.drills.lower_bound import CheapestPacking
from rehearsal.drills.timeline import Event, NodeLife, PodLife, boot_end, node_lives, pod_lives, simulated
from rehearsal.drills.watching import Change
from rehearsal.drills.workloads import Workload

DEAREST: Final = 1.10
"""Most that the new machines may cost, as a multiple of the bound."""
TOLERANCE_USD: Final = 1e-6


@dataclass(frozen=True)
class Growth:
    """What was seen while a model grew."""

    workload: Workload
    wanted: int
    """Pods of the model at its ceiling."""
    changes: Sequence[Change]
    standing: frozenset[str]
    """Uids of the pods that were there before."""
    bound: CheapestPacking | None
    unbounded: str
    """Why there is no bound, where there is none."""
    reasons: Mapping[str, int]
    """Why pods are not ready at the end, and how many."""
    displaced: Sequence[PodLife]
    """Pods of other workloads that had to go for the model's."""
    free_choice: bool


def finding(ground: Ground, growth: Growth) -> Finding:
    """Return what was seen as a finding."""
    nodes = node_lives(growth.changes)
    lives = pod_lives(growth.changes)
    pods = [
        pod
        for pod in lives.values()
        if pod.uid not in growth.standing and pod.model == growth.workload.model and pod.gone is None
    ]
    ready = [at for pod in pods if (at := simulated(pod, pod.ready, nodes, ground.clock)) is not None]
    complete = len(ready) == len(pods) and not growth.reasons
    seconds = max(ready, default=0.0) if complete else None
    idle = idle_machines(nodes.values(), lives.values(), ground.node_pools)
    money = _money(growth, nodes, idle)
    bought = Counter(
        f"{node.instance_type} {node.capacity}" for node in nodes.values() if node.joined > 0 and node.gone is None
    )
    workload = growth.workload
    figures: dict[str, Any] = {
        "model": workload.model,
        "workload": workload.label,
        "replicas": {"floor": workload.floor, "ceiling": workload.ceiling},
        "pods": {"added": len(pods), "wanted": growth.wanted, "ready": len(ready)},
        "free_choice": growth.free_choice,
        "seconds_to_all_ready": None if seconds is None else round(seconds, 1),
        "slowest_pod": _slowest(ground, pods, nodes) if complete and pods else None,
        "machines_bought": dict(sorted(bought.items())),
        "machines_idle": dict(sorted(Counter(f"{node.instance_type} {node.capacity}" for node in idle).items())),
        "usd_per_hour": money,
        "not_ready": dict(growth.reasons),
        "displaced": sorted(f"{pod.namespace}/{pod.name}" for pod in growth.displaced),
    }
    return Finding(
        drill="scale-out",
        stack=ground.stack,
        subject=f"{workload.model}: {workload.floor} to {workload.ceiling} replicas ({workload.label})",
        events=tuple(_events(ground, growth, nodes, pods)),
        figures=figures,
        tables=(_bill_table(money, bought, growth.bound),),
        verdicts=(_ready_verdict(growth, len(ready), len(pods), seconds), _price_verdict(growth, money)),
        notes=_notes(growth, nodes, idle),
    )


def idle_machines(
    nodes: Iterable[NodeLife], pods: Iterable[PodLife], node_pools: Iterable[Mapping[str, Any]]
) -> list[NodeLife]:
    """Return machines bought during the drill that nothing came to run on, and that their NodePool gives back.

    Karpenter buys for a pod that waits; when that pod then takes the place of one of lower priority, for which it buys
    again, a machine stands empty until it is consolidated. Whether that happens is a matter of milliseconds.
    """
    given_back = {
        pool["metadata"]["name"]
        for pool in node_pools
        if (pool["spec"].get("disruption") or {}).get("consolidateAfter", "0s") != "Never"
    }
    used = {pod.node for pod in pods if pod.gone is None and not _of_daemon_set(pod)}
    return [
        node
        for node in nodes
        if node.joined > 0 and node.gone is None and node.node_pool in given_back and node.name not in used
    ]


def _of_daemon_set(pod: PodLife) -> bool:
    owners = pod.manifest["metadata"].get("ownerReferences") or []
    return any(owner.get("kind") == "DaemonSet" for owner in owners)


def _money(growth: Growth, nodes: Mapping[str, NodeLife], idle: Sequence[NodeLife]) -> dict[str, Any]:
    end = max((change.at for change in growth.changes), default=0.0) + 1
    before, after = usd_per_hour(nodes.values(), 0.0), usd_per_hour(nodes.values(), end)
    given_back = usd_per_hour(idle, end)
    added = after - given_back - before
    bound = growth.bound
    ratio = added / bound.usd_per_hour if bound is not None and bound.usd_per_hour > 0 else None
    return {
        "before": round(before, 4),
        "after": round(after, 4),
        "given_back": round(given_back, 4),
        "added": round(added, 4),
        "least": None if bound is None else round(bound.usd_per_hour, 4),
        "least_is_exact": None if bound is None else bound.exact,
        "least_machines": {} if bound is None else dict(bound.machines),
        "ratio": None if ratio is None else round(ratio, 3),
    }


def _slowest(ground: Ground, pods: Sequence[PodLife], nodes: Mapping[str, NodeLife]) -> dict[str, Any]:
    """Return where the time of the pod that was ready last went, in simulated seconds."""
    pod = max(pods, key=lambda each: simulated(each, each.ready, nodes, ground.clock) or 0.0)
    total = simulated(pod, pod.ready, nodes, ground.clock) or 0.0
    node = nodes.get(pod.node)
    boot = ground.clock.boot_seconds if node is not None and node.joined > 0 else 0.0
    start = ground.clock.start_seconds(pod.manifest)
    return {
        "pod": pod.name,
        "machine_boot": round(boot, 1),
        "image_weights_engine": round(start, 1),
        "control_loops": round(max(0.0, total - boot - start), 1),
    }


def _events(ground: Ground, growth: Growth, nodes: Mapping[str, NodeLife], pods: Sequence[PodLife]) -> list[Event]:
    workload = growth.workload
    asked = f"{workload.floor} to {workload.ceiling} replicas"
    events = [Event(0.0, 0.0, "scaled", workload.label, asked)]
    claims: dict[str, tuple[float, dict[str, str]]] = {}
    for change in growth.changes:
        if change.kind == NODE_CLAIM[0] and change.at > 0:
            name = change.object["metadata"]["name"]
            at = claims.get(name, (change.at, {}))[0]
            claims[name] = (at, change.object["metadata"].get("labels") or {})
    for name, (at, labels) in claims.items():
        kind = f"{labels.get(INSTANCE_TYPE_LABEL, '?')} {labels.get(CAPACITY_TYPE_LABEL, '')}".strip()
        events.append(Event(at, at, "machine bought", name, f"{kind} by {labels.get(NODE_POOL_LABEL, '?')}"))
    for node in nodes.values():
        if node.joined > 0 and node.ready is not None:
            at = boot_end(node, ground.clock)
            events.append(Event(at, node.ready, "node ready", node.name, f"{node.instance_type} {node.capacity}"))
    for pod in growth.displaced:
        if pod.leaving is not None:
            what = f"{pod.namespace}, a pod of lower priority"
            events.append(Event(pod.leaving, pod.leaving, "pod displaced", pod.name, what))
    for pod in pods:
        for what, real in (("pod placed", pod.scheduled), ("pod ready", pod.ready)):
            at = simulated(pod, real, nodes, ground.clock)
            if at is not None and real is not None:
                node = nodes.get(pod.node)
                events.append(Event(at, real, what, pod.name, node.instance_type if node is not None else pod.node))
    return sorted(events, key=lambda event: (event.at, event.what, event.subject))


def _bill_table(money: Mapping[str, Any], bought: Mapping[str, int], bound: CheapestPacking | None) -> Table:
    least = "none" if bound is None else f"{bound.usd_per_hour:.2f}"
    cheapest = ", ".join(f"{count} × {name}" for name, count in (bound.machines if bound else {}).items())
    idle = [("given back, idle", f"{money['given_back']:.2f}", "")] if money["given_back"] else []
    return Table(
        "price per hour, USD",
        ("", "USD/h", "machines"),
        (
            ("before", f"{money['before']:.2f}", ""),
            ("after", f"{money['after']:.2f}", ""),
            *idle,
            ("added", f"{money['added']:.2f}", ", ".join(f"{n} × {kind}" for kind, n in sorted(bought.items()))),
            ("cheapest possible", least, cheapest),
        ),
    )


def _ready_verdict(growth: Growth, ready: int, added: int, seconds: float | None) -> Verdict:
    if seconds is not None:
        return Verdict("ready", ok=True, said=f"{ready} of {added} added pods ready after {seconds:.0f} s")
    reasons = "; ".join(f"{count} × {reason}" for reason, count in growth.reasons.items())
    return Verdict("ready", ok=False, said=f"{ready} of {added} added pods ready: {reasons or 'pods are missing'}")


def _price_verdict(growth: Growth, money: Mapping[str, Any]) -> Verdict:
    if growth.bound is None:
        return Verdict("price", ok=False, said=f"no machine of the NodePools can hold the pods: {growth.unbounded}")
    least, added = growth.bound.usd_per_hour, money["added"]
    ratio = f" ({money['ratio']:.2f} times)" if money["ratio"] is not None else ""
    said = f"added {added:.2f} USD/h, the cheapest possible is {least:.2f}{ratio}; allowed: {DEAREST:.2f} times"
    return Verdict("price", ok=added <= DEAREST * least + TOLERANCE_USD, said=said)


def _notes(growth: Growth, nodes: Mapping[str, NodeLife], idle: Sequence[NodeLife]) -> tuple[str, ...]:
    notes: list[str] = []
    if unpriced := sorted({node.instance_type for node in nodes.values() if node.usd_per_hour is None}):
        notes.append(f"no price in the catalogue for {', '.join(unpriced)}: left out of before and after")
    if growth.bound is not None and not growth.bound.exact:
        notes.append("the bound is from below only: there are too many kinds of pods for an exact one")
    if growth.displaced:
        names = ", ".join(sorted(f"{pod.namespace}/{pod.name}" for pod in growth.displaced))
        notes.append(f"pods of lower priority had to go, and were placed anew where there was room: {names}")
    if idle:
        what = f"{len(idle)} of the machines came to hold nothing, for their pods found room elsewhere meanwhile"
        notes.append(f"{what}; consolidation gives them back, so that they are not in the added price")
    if growth.free_choice:
        notes.append("--free-choice: one NodePool with every size of the families, as a trap; not what the program has")
    return tuple(notes)
