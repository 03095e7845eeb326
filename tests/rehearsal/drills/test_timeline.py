"""Lives of pods and nodes from what was seen of them, and simulated time, on changes made by hand.

Not proven: that a cluster's changes look like these; the drills' own tests see real ones.
"""

from __future__ import annotations

from typing import Any, Literal

import pytest

from rehearsal.cluster.stages import STARTS_IN
from rehearsal.drills.timeline import (
    Clock,
    NodeLife,
    boot_end,
    go_seconds,
    is_interruptible,
    node_lives,
    pod_lives,
    simulated,
)
from rehearsal.drills.watching import Change, Watch
from tests.rehearsal.cluster.recorded_api import RecordedApi

CLOCK = Clock(speed=10, boot_seconds=60)


def pod(uid: str = "a", node: str = "", *, ready: bool = False, leaving: bool = False) -> dict[str, Any]:
    """A pod that takes 2 real seconds to start at a speed of 10: 20 simulated ones."""
    metadata: dict[str, Any] = {"uid": uid, "name": uid, "namespace": "serving", "annotations": {STARTS_IN: "2000ms"}}
    metadata["labels"] = {"llm-platform/model": "chat"}
    if leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": metadata, "spec": {"nodeName": node} if node else {}, "status": {"conditions": conditions}}


def node(name: str = "n", *, ready: bool = True, karpenter: bool = True) -> dict[str, Any]:
    labels = {"node.kubernetes.io/instance-type": "g6.xlarge", "karpenter.sh/capacity-type": "spot"}
    if karpenter:
        labels["karpenter.sh/nodepool"] = "one"
    status = {"conditions": [{"type": "Ready", "status": str(ready)}]}
    return {"metadata": {"uid": name, "name": name, "labels": labels}, "spec": {}, "status": status}


def change(
    at: float, thing: dict[str, Any], kind: str = "Pod", type_: Literal["ADDED", "MODIFIED", "DELETED"] = "MODIFIED"
) -> Change:
    return Change(at, type_, kind, thing)


def test_a_pods_life() -> None:
    changes = [
        change(1, pod()),
        change(2, pod(node="n")),
        change(5, pod(node="n", ready=True)),
        change(8, pod(node="n", ready=True, leaving=True)),
        change(9, pod(node="n", leaving=True), type_="DELETED"),
    ]
    life = pod_lives(changes)["a"]
    assert (life.created, life.scheduled, life.ready, life.leaving, life.not_ready, life.gone) == (1, 2, 5, 8, 9, 9)
    assert (life.model, life.node) == ("chat", "n")


def test_a_pod_that_was_only_seen_to_be_gone_left_then() -> None:
    life = pod_lives([change(0, pod(node="n", ready=True)), change(4, pod(node="n", ready=True), type_="DELETED")])["a"]
    assert (life.leaving, life.gone) == (4, 4)


def test_a_nodes_life_and_price() -> None:
    life = node_lives([change(3, node(ready=False), "Node"), change(4, node(), "Node")])["n"]
    assert (life.joined, life.ready, life.gone, life.capacity, life.node_pool) == (3, 4, None, "spot", "one")
    assert life.usd_per_hour is not None
    assert life.usd_per_hour < 0.8048


def test_a_node_that_comes_again_has_a_new_life() -> None:
    changes = [change(0, node(), "Node"), change(3, node(), "Node", "DELETED"), change(7, node(), "Node")]
    life = node_lives(changes)["n"]
    assert (life.joined, life.gone) == (7, None)


def test_a_pod_on_a_machine_bought_for_it_waits_for_boot_and_start() -> None:
    # Placed a second after the node was made, while that still boots: really 1 + 2 s, in truth 60 + 20 s.
    life = pod_lives([change(1, pod()), change(4, pod(node="n")), change(6, pod(node="n", ready=True))])["a"]
    nodes = {"n": NodeLife("n", "g6.xlarge", "spot", "spot", joined=3, node_pool="one", ready=9)}
    placed, ready = (simulated(life, real, nodes, CLOCK) for real in (life.scheduled, life.ready))
    assert placed == pytest.approx(3 + 60)  # the node's own beginning and its boot
    assert ready == pytest.approx(3 + 60 + 20)


def test_a_pod_on_a_standing_machine_waits_for_its_start_only() -> None:
    life = pod_lives([change(1, pod()), change(1, pod(node="n")), change(3, pod(node="n", ready=True))])["a"]
    nodes = {"n": NodeLife("n", "g6.xlarge", "spot", "spot", joined=0, ready=0)}
    assert simulated(life, life.ready, nodes, CLOCK) == pytest.approx(1 + 20)


def test_a_machine_of_a_managed_group_joins_when_it_has_booted() -> None:
    own = NodeLife("n", "g6.xlarge", "spot", "spot", joined=6, ready=6)
    assert boot_end(own, CLOCK) == pytest.approx(60)
    assert boot_end(NodeLife("n", "g6.xlarge", "spot", "spot", joined=6, node_pool="one"), CLOCK) == 66


@pytest.mark.parametrize(("text", "seconds"), [("250ms", 0.25), ("1m30s", 90), ("2h", 7200), ("1.5s", 1.5)])
def test_durations_as_go_writes_them(text: str, seconds: float) -> None:
    assert go_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("key", ["karpenter.sh/capacity-type", "llm-platform/capacity"])
def test_both_owners_mark_spot_machines(key: str) -> None:
    assert is_interruptible({"metadata": {"labels": {key: "spot"}}})
    assert not is_interruptible({"metadata": {"labels": {key: "on-demand"}}})


def test_a_heartbeat_is_no_change() -> None:
    watch = Watch()
    watch.take("ADDED", "Node", node(), 0)
    beat = node()
    beat["status"]["conditions"][0]["lastHeartbeatTime"] = "now"
    watch.take("MODIFIED", "Node", beat, 1)
    assert len(watch.changes) == 1
    watch.take("MODIFIED", "Node", node(ready=False), 2)
    assert [seen.at for seen in watch.changes] == [0, 2]


def test_what_a_new_list_lacks_is_gone() -> None:
    watch = Watch()
    watch.take("ADDED", "Node", node("a"), 0)
    watch.take("ADDED", "Node", node("b"), 0)
    watch.forget("Node", {"b"}, 5)
    assert [each["metadata"]["name"] for each in watch.standing("Node")] == ["b"]
    assert (watch.changes[-1].type, watch.changes[-1].at) == ("DELETED", 5)


def test_what_a_lagging_watch_has_not_told_is_caught_up_with() -> None:
    watch = Watch()
    watch.take("ADDED", "Node", node("a"), 0)
    later = node("a", ready=False)
    later["metadata"]["resourceVersion"] = "10"
    watch.catch_up(RecordedApi({"kind": "Node", **later}, {"kind": "Node", **node("b")}).as_api())
    assert [(seen.type, seen.object["metadata"]["name"]) for seen in watch.changes[1:]] == [
        ("MODIFIED", "a"),
        ("ADDED", "b"),
    ]


def test_a_list_that_a_watch_has_overtaken_changes_nothing() -> None:
    watch = Watch()
    newer = node("a", ready=False)
    newer["metadata"]["resourceVersion"] = "10"
    watch.take("ADDED", "Node", newer, 0)
    watch.take("ADDED", "Node", node("b"), 0)
    watch.take("DELETED", "Node", node("b"), 1)
    older = node("a")
    older["metadata"]["resourceVersion"] = "9"
    watch.catch_up(RecordedApi({"kind": "Node", **older}, {"kind": "Node", **node("b")}).as_api())
    assert [(seen.type, seen.object["metadata"]["name"]) for seen in watch.changes] == [
        ("ADDED", "a"),
        ("ADDED", "b"),
        ("DELETED", "b"),
    ]
