"""What is wrong with a placement: pods that should run and can't, pods that may land where they must not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from components.naming import ALSO_ON_ANNOTATION, POOL_LABEL
from rehearsal.cluster.landing import NodeKind, pools_open_to
from rehearsal.cluster.placement import Workload, full_name, short_reason
from rehearsal.plan import Check, Fault

NOT_FOR: Final[Mapping[str, frozenset[str]]] = {
    "training": frozenset({"inference", "spot"}),
    "inference": frozenset({"training", "spot"}),
}
"""Pools that a workload's pods must keep off, unless an annotation says that they may land there too."""

EXPLAINED_AS: Final = f"{ALSO_ON_ANNOTATION} on the pods"


def placement_faults(
    workloads: Iterable[Workload], kinds: Sequence[NodeKind], urn_of: Callable[[Workload], str] = lambda _: ""
) -> list[Fault]:
    """Return the faults; `urn_of` finds the Pulumi resource that a workload comes from."""
    found: list[Fault] = []
    for workload in workloads:
        messages = [*_not_running(workload), *_astray(workload, kinds)]
        found += [Fault(urn_of(workload), Check.PLACEMENT, "", message) for message in messages]
    return found


def _not_running(workload: Workload) -> list[str]:
    if not workload.waiting:
        return []
    why = "; ".join(short_reason(reason) for reason in workload.reasons) or "nobody says why"
    return [f"{full_name(workload)}: {workload.waiting} of {workload.wanted} pods that should run do not: {why}"]


def _astray(workload: Workload, kinds: Sequence[NodeKind]) -> list[str]:
    """Return where a workload's pods may land against the rule; a daemon set belongs on every node that it selects."""
    forbidden = NOT_FOR.get(workload.workload, frozenset())
    if workload.kind == "DaemonSet" or not forbidden:
        return []
    said = {pool.strip() for pool in workload.annotations.get(ALSO_ON_ANNOTATION, "").split(",")}
    open_to = pools_open_to(workload.pod_spec, kinds)
    return [
        f"{full_name(workload)}: its {workload.workload} pods can land on {pool} nodes "
        f"({_shown(open_to[pool])}): select {POOL_LABEL}, or say {pool} in {EXPLAINED_AS}"
        for pool in sorted(forbidden - said)
        if pool in open_to
    ]


def _shown(kinds: Iterable[NodeKind]) -> str:
    by_machines: dict[str, dict[str, None]] = {}
    for kind in kinds:
        by_machines.setdefault(kind.machines, {})[kind.instance_type] = None
    return "; ".join(f"{name}: {', '.join(types)}" for name, types in by_machines.items())
