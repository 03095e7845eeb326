"""Which placements are faults. The workloads are made by hand; test_simulation.py has them from a real cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.cluster.landing import node_kinds
from rehearsal.cluster.placement import Workload
from rehearsal.cluster.placement_faults import placement_faults
from rehearsal.plan import Check
from tests.rehearsal.cluster.test_landing import GPU, machines

KINDS = node_kinds(
    [
        machines("system", type_="m7i.large"),
        machines("training", (GPU, "training")),
        machines("inference", (GPU, "inference")),
        machines("spot", (GPU, "spot"), ("llm-platform/interruptible", "true")),
    ]
)
FINE = Workload(
    kind="Deployment",
    namespace="serving",
    name="llama",
    workload="inference",
    model="llama",
    engine="vllm",
    team="ml",
    wanted=1,
    ready=1,
    pools={"inference": 1},
    node_types={"g6.xlarge": 1},
    accelerators=1,
    accelerators_wanted=1,
    waiting=0,
    reasons=(),
    stand_in="",
    pod_spec={"tolerations": [{"key": GPU, "value": "inference"}]},
)
ANYWHERE: dict[str, Any] = {"tolerations": [{"operator": "Exists"}]}


def messages(workload: Workload) -> list[str]:
    return [fault.message for fault in placement_faults([workload], KINDS)]


def test_a_workload_in_its_place_is_no_fault() -> None:
    assert messages(FINE) == []


def test_a_pod_that_cannot_run_is_a_fault_with_the_schedulers_reason() -> None:
    reason = "0/5 nodes are available: 5 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: none."
    (fault,) = placement_faults([replace(FINE, waiting=1, ready=0, reasons=(reason,))], KINDS, lambda _: "urn:x")
    assert fault.check is Check.PLACEMENT
    assert fault.urn == "urn:x"
    assert fault.message == (
        "Deployment serving/llama: 1 of 1 pods that should run do not: "
        "0/5 nodes are available: 5 Insufficient nvidia.com/gpu"
    )


@pytest.mark.parametrize(
    ("workload", "spec", "also_on", "astray"),
    [
        ("inference", ANYWHERE, "", ["spot", "training"]),
        ("inference", ANYWHERE, "spot", ["training"]),
        ("inference", ANYWHERE, "training, spot", []),
        ("inference", ANYWHERE | {"nodeSelector": {"llm-platform/pool": "inference"}}, "", []),
        ("inference", {"tolerations": [{"key": GPU, "operator": "Exists"}]}, "", ["training"]),
        ("training", ANYWHERE, "", ["inference", "spot"]),
        ("training", ANYWHERE, "spot", ["inference"]),
        ("training", {"tolerations": [{"key": GPU, "value": "training"}]}, "", []),
        ("training", {}, "", []),
        ("platform", ANYWHERE, "", []),
    ],
)
def test_pods_that_may_land_where_they_must_not(
    workload: str, spec: dict[str, Any], also_on: str, astray: list[str]
) -> None:
    annotations = {"llm-platform/also-on": also_on} if also_on else {}
    found = messages(replace(FINE, workload=workload, pod_spec=spec, annotations=annotations))
    assert [message.split(" pods can land on ")[1].split(" nodes")[0] for message in found] == astray


def test_the_message_names_where_and_the_remedy() -> None:
    (first, _) = messages(replace(FINE, pod_spec=ANYWHERE))
    assert first == (
        "Deployment serving/llama: its inference pods can land on spot nodes (spot-group: g6.xlarge): "
        "select llm-platform/pool, or say spot in llm-platform/also-on on the pods"
    )


def test_a_daemon_set_belongs_on_every_node() -> None:
    assert messages(replace(FINE, kind="DaemonSet", pod_spec=ANYWHERE)) == []
