"""Where pods may land. The rules are Kubernetes' own; that the real scheduler agrees is test_simulation.py's."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.landing import can_land, node_kinds, pools_open_to
from rehearsal.cluster.node_groups import Machines

GPU = "nvidia.com/gpu"


def machines(
    pool: str, *taints: tuple[str, str], type_: str = "g6.xlarge", zones: tuple[str, ...] = ("us-east-1a",)
) -> Machines:
    return Machines(
        name=f"{pool}-group",
        instance_types=(type_,),
        zones=zones,
        labels={"llm-platform/pool": pool},
        taints=tuple({"key": key, "value": value, "effect": "NoSchedule"} for key, value in taints),
        spot=pool == "spot",
        disk_gib=100,
    )


KINDS = node_kinds(
    [
        machines("system", type_="m7i.large"),
        machines("training", (GPU, "training")),
        machines("inference", (GPU, "inference")),
        machines("spot", (GPU, "spot"), ("llm-platform/interruptible", "true")),
    ]
)


def pools(spec: dict[str, Any]) -> list[str]:
    return sorted(pools_open_to(spec, KINDS))


def required(key: str, operator: str, *values: str) -> dict[str, Any]:
    term = {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}
    node = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    return {"affinity": {"nodeAffinity": node}}


EVERYTHING = {"tolerations": [{"operator": "Exists"}]}
PREFERRED = {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ["system"]),
        ({"tolerations": [{"key": GPU, "operator": "Exists"}]}, ["inference", "system", "training"]),
        ({"tolerations": [{"key": GPU, "value": "inference"}]}, ["inference", "system"]),
        ({"tolerations": [{"key": GPU, "value": "inference", "effect": "NoExecute"}]}, ["system"]),
        ({"tolerations": [{"key": GPU, "value": "inference", "effect": "NoSchedule"}]}, ["inference", "system"]),
        ({"tolerations": [{"key": GPU, "value": "spot"}]}, ["system"]),
        (EVERYTHING, ["inference", "spot", "system", "training"]),
        (EVERYTHING | PREFERRED, ["inference", "spot", "system", "training"]),
        (EVERYTHING | {"nodeSelector": {"llm-platform/pool": "training"}}, ["training"]),
        (EVERYTHING | {"nodeSelector": {"kubernetes.io/hostname": "any"}}, ["inference", "spot", "system", "training"]),
        (EVERYTHING | required("llm-platform/pool", "In", "spot", "inference"), ["inference", "spot"]),
        (EVERYTHING | required("llm-platform/pool", "NotIn", "spot"), ["inference", "system", "training"]),
        (EVERYTHING | required("nvidia.com/gpu.present", "Exists"), ["inference", "spot", "training"]),
        (EVERYTHING | required("nvidia.com/gpu.present", "DoesNotExist"), ["system"]),
        (EVERYTHING | required("nvidia.com/gpu.count", "Gt", "0"), ["inference", "spot", "training"]),
        (EVERYTHING | required("nvidia.com/gpu.count", "Lt", "1"), []),
        (EVERYTHING | required("nobody.has/this", "In", "x"), []),
    ],
)
def test_a_pod_may_land_where_nothing_keeps_it_off(spec: dict[str, Any], expected: list[str]) -> None:
    assert pools(spec) == expected


def test_terms_are_alternatives_and_their_expressions_are_not() -> None:
    both = [
        {"key": "llm-platform/pool", "operator": "In", "values": ["spot"]},
        {"key": "nvidia.com/gpu.count", "operator": "Gt", "values": ["4"]},
    ]
    node = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": both}]}}
    assert pools(EVERYTHING | {"affinity": {"nodeAffinity": node}}) == []
    terms = [{"matchExpressions": [each]} for each in both]
    node = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    assert pools(EVERYTHING | {"affinity": {"nodeAffinity": node}}) == ["spot"]


def test_a_preferred_taint_keeps_nobody_off() -> None:
    (kind,) = node_kinds([machines("spot")])
    taint = {"key": "x", "value": "", "effect": "PreferNoSchedule"}
    assert can_land({}, type(kind)(kind.machines, kind.instance_type, kind.labels, (taint,)))


def test_each_zone_is_a_kind_of_its_own() -> None:
    kinds = node_kinds([machines("system", zones=("us-east-1a", "us-east-1b"))])
    open_to = pools_open_to({"nodeSelector": {"topology.kubernetes.io/zone": "us-east-1b"}}, kinds)
    assert [len(found) for found in open_to.values()] == [1]
