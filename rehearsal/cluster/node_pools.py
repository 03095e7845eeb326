"""Karpenter's NodePools as the machines that they may buy. https://karpenter.sh/docs/concepts/nodepools/"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rehearsal.cluster.karpenter_types import CAPACITY_TYPE_LABEL, CAPACITY_TYPES
from rehearsal.cluster.landing import ANY_VALUE
from rehearsal.cluster.node_groups import Machines
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL, ZONE_LABEL


def node_pool_machines(node_pool: Mapping[str, Any], zones: Sequence[str]) -> Machines:
    """Return what a NodePool of Karpenter's may buy; `zones` are the cluster's own, where it names none."""
    template = node_pool["spec"]["template"]
    spec = template["spec"]
    name = str(node_pool["metadata"]["name"])
    allowed = dict(_allowed(spec.get("requirements") or ()))
    capacity = allowed.get(CAPACITY_TYPE_LABEL, ["on-demand"])
    labels = {str(k): str(v) for k, v in ((template.get("metadata") or {}).get("labels") or {}).items()}
    # Of requirements with one value each node carries the label too.
    single = {key: values[0] for key, values in allowed.items() if len(values) == 1}
    if set(capacity) == set(CAPACITY_TYPES):
        single[CAPACITY_TYPE_LABEL] = ANY_VALUE  # either: a pod that selects one of them may land
    return Machines(
        name=name,
        instance_types=tuple(allowed.get(INSTANCE_TYPE_LABEL, ())),
        zones=tuple(allowed.get(ZONE_LABEL, zones)),
        labels={**single, **labels, "karpenter.sh/nodepool": name},
        taints=tuple({**taint, "value": taint.get("value") or ""} for taint in spec.get("taints") or ()),
        spot="spot" in capacity,
        disk_gib=0,
        by_karpenter=True,
    )


def _allowed(requirements: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for requirement in requirements:
        if requirement.get("operator") == "In":
            yield str(requirement["key"]), [str(value) for value in requirement["values"]]
