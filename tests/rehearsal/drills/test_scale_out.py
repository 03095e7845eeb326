"""The drill scale-out on a real control plane with Karpenter: own NodePools, the trap, limits; and what it refuses.

Not proven: that AWS has the capacity, and KEDA's own time until it asks for the replicas.
"""

from __future__ import annotations

from typing import Any, Literal

import pytest

from rehearsal.drills.drill import DrillOptions, Finding
from rehearsal.drills.growth import idle_machines
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.scale_out import choose, displaced_pods, scale_out, to_be_held
from rehearsal.drills.timeline import NodeLife, PodLife
from rehearsal.drills.watching import Change
from rehearsal.drills.workloads import Workload
from tests.rehearsal.drills.conftest import MakeGround
from tests.rehearsal.drills.manifests import autoscaler, deployment, node_pool

SPEED = 240.0
POOLS = [
    node_pool("one", ["g6.xlarge", "g6.2xlarge"], weight=30),
    node_pool("four", ["g6.12xlarge"], weight=20),
    node_pool("eight", ["g6.48xlarge"], weight=10),
]
MODEL = [deployment("chat", 1), autoscaler("chat", 1, 10)]


def verdicts(finding: Finding) -> dict[str, bool]:
    return {verdict.name: verdict.ok for verdict in finding.verdicts}


def test_our_node_pools_buy_the_cheapest(make_ground: MakeGround) -> None:
    ground = make_ground(SPEED, POOLS, MODEL)
    finding = scale_out(ground, DrillOptions(model="chat"))
    figures = finding.figures
    assert verdicts(finding) == {"ready": True, "price": True}, finding.verdicts
    assert figures["pods"] == {"added": 9, "wanted": 10, "ready": 9}
    assert figures["machines_bought"] == {"g6.xlarge on-demand": 9}
    money = figures["usd_per_hour"]
    assert money["added"] == pytest.approx(money["after"] - money["given_back"] - money["before"], abs=1e-3)
    assert money["ratio"] <= 1.10
    assert money["least_is_exact"]
    _tells_the_whole_way(finding)


def _tells_the_whole_way(finding: Finding) -> None:
    """The slowest pod's time is the declared delays and a the real seconds of control loops."""
    slowest: dict[str, Any] = finding.figures["slowest_pod"]
    assert slowest["machine_boot"] == 60
    assert slowest["image_weights_engine"] == pytest.approx(226.4, abs=1)
    assert 0 < slowest["control_loops"] < 180
    total = slowest["machine_boot"] + slowest["image_weights_engine"] + slowest["control_loops"]
    assert finding.figures["seconds_to_all_ready"] == pytest.approx(total, abs=0.5)
    assert next(event.what for event in finding.events) == "scaled"
    seen = {event.what for event in finding.events}
    assert seen == {"scaled", "machine bought", "node ready", "pod placed", "pod ready"}
    assert list(finding.events) == sorted(finding.events, key=lambda event: (event.at, event.what, event.subject))


def test_a_free_choice_of_sizes_buys_large_machines(make_ground: MakeGround) -> None:
    """The trap that our NodePools are cut to avoid; if Karpenter ever avoids it itself, this fails and they can go."""
    ground = make_ground(SPEED, POOLS, MODEL)
    finding = scale_out(ground, DrillOptions(model="chat", free_choice=True))
    assert verdicts(finding) == {"ready": True, "price": False}, finding.verdicts
    assert finding.figures["usd_per_hour"]["ratio"] > 1.10
    bought: dict[str, int] = finding.figures["machines_bought"]
    assert sum(bought.values()) < 9, "one-GPU machines were bought after all"
    assert "a trap" in " ".join(finding.notes)


def test_a_limit_below_the_ceiling_is_found(make_ground: MakeGround) -> None:
    ground = make_ground(SPEED, [node_pool("one", ["g6.xlarge"], gpus=3)], MODEL)
    finding = scale_out(ground, DrillOptions())
    assert not verdicts(finding)["ready"]
    assert finding.figures["pods"]["ready"] == 2
    assert finding.figures["seconds_to_all_ready"] is None
    (reason,) = finding.figures["not_ready"]
    assert "limits" in reason, reason


def test_pods_of_others_that_had_to_go_are_seen() -> None:
    def seen(at: float, uid: str, model: str, **metadata: str) -> Change:
        labels = {"llm-platform/model": model}
        named = {"uid": uid, "name": uid, "namespace": "serving", "labels": labels, **metadata}
        return Change(at, "MODIFIED", "Pod", {"metadata": named, "spec": {}})

    went = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    changes = [
        seen(0, "a", "other"),
        seen(0, "b", "chat"),
        seen(2, "a", "other", **went),
        seen(3, "c", "other", **went),
    ]
    assert [pod.uid for pod in displaced_pods(changes, frozenset({"a", "b"}), "chat")] == ["a"]


def test_a_displaced_pod_that_came_and_went_again_is_not_held_twice() -> None:
    def seen(uid: str, *, type_: Literal["MODIFIED", "DELETED"] = "MODIFIED", deleted: str = "") -> Change:
        owner = {"kind": "ReplicaSet", "uid": "rs", "controller": True}
        named: dict[str, Any] = {"uid": uid, "name": uid, "namespace": "serving", "ownerReferences": [owner]}
        named |= {"deletionTimestamp": deleted} if deleted else {}
        return Change(1, type_, "Pod", {"metadata": named, "spec": {}})

    at = "2026-01-01T00:00:00Z"
    went = [seen("a", deleted=at), seen("b", type_="DELETED"), seen("c", deleted=at)]
    changes = [seen("a"), seen("b"), seen("c"), *went, seen("d")]
    standing = frozenset({"a"})
    held = to_be_held(changes, standing, [], displaced_pods(changes, standing, "chat"))
    assert [pod["metadata"]["uid"] for pod in held] == ["d"]


def test_a_machine_that_came_to_hold_nothing_is_given_back_where_its_pool_consolidates() -> None:
    def bought(name: str, pool: str) -> NodeLife:
        return NodeLife(name, "g6.xlarge", "spot", "spot", joined=3, node_pool=pool, ready=4)

    def pod(name: str, node: str, owner: str) -> PodLife:
        manifest = {"metadata": {"ownerReferences": [{"kind": owner}]}}
        return PodLife(name, name, "serving", "chat", manifest, 1, node=node, scheduled=2)

    gives = node_pool("gives", ["g6.xlarge"])
    keeps = node_pool("keeps", ["g6.xlarge"])
    keeps["spec"]["disruption"] = {"consolidateAfter": "Never"}
    nodes = [bought("used", "gives"), bought("daemons-only", "gives"), bought("kept", "keeps"), bought("group", "")]
    nodes.append(NodeLife("old", "g6.xlarge", "spot", "spot", joined=0, node_pool="gives", ready=0))
    pods = [pod("a", "used", "ReplicaSet"), pod("b", "daemons-only", "DaemonSet")]
    assert [node.name for node in idle_machines(nodes, pods, [gives, keeps])] == ["daemons-only"]
    pods[0].gone = 5
    assert [node.name for node in idle_machines(nodes, pods, [gives, keeps])] == ["used", "daemons-only"]


def workload(model: str, floor: int, ceiling: int, gpus: int = 1) -> Workload:
    return Workload("Deployment", "apps/v1", "serving", model, model, floor, 1, 0, gpus, False, floor, ceiling)


def test_the_model_that_needs_most_gpus_is_taken_by_default() -> None:
    models = {"a": [workload("a", 1, 10)], "b": [workload("b", 1, 4, gpus=4)], "c": [workload("c", 2, 2, gpus=80)]}
    assert choose(models, None).model == "b"
    assert choose(models, "a").model == "a"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("gpt", "--model gpt: is not served here; allowed: a"),
        ("c", "--model c: floor and ceiling are the same; allowed: a"),
    ],
)
def test_a_model_that_cannot_be_scaled_is_refused(model: str, message: str) -> None:
    models = {"a": [workload("a", 1, 10)], "c": [workload("c", 2, 2)]}
    with pytest.raises(DrillInputError, match=message):
        choose(models, model)


def test_nothing_to_scale_is_refused() -> None:
    with pytest.raises(DrillInputError, match="no model has room between its floor and its ceiling"):
        choose({"c": [workload("c", 2, 2)]}, None)
