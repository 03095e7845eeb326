"""Who is interrupted, and what takes a machine's place. The rest is tried on a cluster in test_spot_storm.py."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.drills.interruption import choose, is_evictable, notice_real_seconds, replacement
from tests.rehearsal.drills.manifests import node

NODES = [node(f"spot-{index}", "g6.xlarge", pool="spot") for index in range(5)]


def names(nodes: list[Any]) -> list[str]:
    return [each["metadata"]["name"] for each in nodes]


@pytest.mark.parametrize(("percent", "count"), [(1, 1), (20, 1), (21, 2), (50, 3), (100, 5)])
def test_the_share_is_rounded_up(percent: int, count: int) -> None:
    assert len(choose(NODES, percent, 1)) == count


def test_a_seed_chooses_the_same_whatever_the_order() -> None:
    assert names(choose(NODES, 50, 7)) == names(choose(NODES[::-1], 50, 7))
    assert len({tuple(names(choose(NODES, 50, seed))) for seed in range(20)}) > 1


def test_a_notice_is_compressed_but_not_below_karpenters_own_drain() -> None:
    assert notice_real_seconds(1) == 120
    assert notice_real_seconds(10) == 12
    assert notice_real_seconds(100) == 8


@pytest.mark.parametrize(
    ("owner", "phase", "evictable"),
    [
        ("ReplicaSet", "Running", True),
        ("DaemonSet", "Running", False),
        ("Node", "Running", False),
        ("Job", "Succeeded", False),
        ("Job", "Pending", True),
    ],
)
def test_what_a_drain_evicts(owner: str, phase: str, evictable: bool) -> None:
    pod = {"metadata": {"ownerReferences": [{"kind": owner}]}, "status": {"phase": phase}}
    assert is_evictable(pod) is evictable


def test_a_replacement_is_the_same_machine_under_another_name() -> None:
    gone: dict[str, Any] = {**NODES[0]}
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    gone["spec"] = {**gone["spec"], "unschedulable": True, "taints": [*gone["spec"]["taints"], cordon]}
    fresh = replacement(gone, "spot-0-replacement")
    assert fresh["metadata"]["name"] == fresh["metadata"]["labels"]["kubernetes.io/hostname"] == "spot-0-replacement"
    assert fresh["spec"]["taints"] == NODES[0]["spec"]["taints"]
    assert "unschedulable" not in fresh["spec"]
    assert fresh["spec"]["providerID"] == "aws:///us-east-1a/spot-0-replacement"
    assert fresh["status"]["allocatable"] == NODES[0]["status"]["allocatable"]
    assert fresh["metadata"]["annotations"] == NODES[0]["metadata"]["annotations"]
