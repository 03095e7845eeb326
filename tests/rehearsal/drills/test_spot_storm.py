"""The drill spot-storm on a real control plane with Karpenter: both owners of machines, budgets, floors, losses.

Not proven: AWS's rebalance recommendations, which come before a notice, and how fast spot capacity really returns.
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from rehearsal.cluster.api import Api
from rehearsal.cluster.karpenter import NODE_CLAIM
from rehearsal.drills.drill import DrillOptions, Finding, Ground
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.spot_storm import spot_storm
from rehearsal.drills.timeline import Clock
from tests.rehearsal.drills.conftest import MakeGround
from tests.rehearsal.drills.manifests import NAMESPACE, deployment, disruption_budget, model_pod, node, node_pool

SPEED = 25.0  # a notice is then 8 s, Karpenter's own shortest drain, and a pod's way to readiness 12 s
POOLS = [node_pool("spot-one", ["g6.xlarge", "g5.xlarge"], pool="spot")]
FLOOR = [node("floor-1", "g6.xlarge"), deployment("chat-floor", 1, model="chat")]
SPOT = [node("spot-1", "g6.xlarge", pool="spot"), deployment("chat", 3, model="chat", pool="spot")]


def verdicts(finding: Finding) -> dict[str, bool]:
    return {verdict.name: verdict.ok for verdict in finding.verdicts}


def test_all_spot_machines_go_and_the_floor_holds(make_ground: MakeGround) -> None:
    ground = make_ground(SPEED, POOLS, [*FLOOR, *SPOT, disruption_budget("chat")])
    finding = spot_storm(ground, DrillOptions(percent=100))
    assert verdicts(finding) == {"floor": True, "lost": True, "back": True}, finding.verdicts
    figures = finding.figures
    (chat,) = figures["models"]
    assert (chat["floor"], chat["ready_before"], chat["fewest_ready"]) == (1, 4, 1)
    # Two minutes' notice, a boot of one, and 226 s until a pod serves: no sooner, and control loops in real time.
    assert 285 < chat["back_after_seconds"] < 120 + 60 + 227 + 180
    assert {each["bought_by"] for each in figures["interrupted"]} == {"karpenter", "managed node group"}
    killed: list[str] = figures["pods"]["killed_at_the_deadline"]
    assert figures["pods"]["evicted"] + len(killed) == 3
    assert killed, "the budget allows one at a time, and nothing is ready again within two minutes"
    names = {each["metadata"]["name"] for each in ground.api.list("Node", "v1")}
    assert "spot-1" not in names
    assert "spot-1-replacement" in names


def test_without_spot_capacity_the_floor_is_what_serves(make_ground: MakeGround) -> None:
    ground = make_ground(SPEED, POOLS, [*FLOOR, *SPOT])
    before = {claim["metadata"]["name"] for claim in ground.api.list(*NODE_CLAIM)}
    finding = spot_storm(ground, DrillOptions(percent=100, spot_returns=False, give_up_seconds=30))
    assert verdicts(finding) == {"floor": True, "lost": True}, finding.verdicts
    (chat,) = finding.figures["models"]
    assert (chat["fewest_ready"], chat["back_after_seconds"]) == (1, None)
    assert {claim["metadata"]["name"] for claim in ground.api.list(*NODE_CLAIM)} <= before, "bought nonetheless"
    assert "not back: chat" in " ".join(finding.notes)


def test_a_floor_on_spot_and_what_nothing_brings_back_are_found(make_ground: MakeGround) -> None:
    # The floor that was meant to be safe is on the machine that goes.
    wrong = deployment("chat-floor", 1, model="chat")
    wrong["spec"]["template"]["spec"]["nodeSelector"] = {}
    taintless = node("spot-1", "g6.xlarge", pool="spot")
    taintless["spec"]["taints"] = []
    bare: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "notebook", "namespace": NAMESPACE},
        "spec": {"containers": [{"name": "notebook", "image": "notebook"}]},
    }
    ground = make_ground(SPEED, POOLS, [taintless, wrong, bare])
    finding = spot_storm(ground, DrillOptions(percent=50))
    assert verdicts(finding)["floor"] is False
    assert verdicts(finding)["lost"] is False
    assert finding.figures["losses"] == [{"what": "Pod serving/notebook", "why": "no controller makes it again"}]
    assert not finding.ok


class NoNodes:
    """An API server with no nodes."""

    def list(self, *_: object) -> list[object]:
        return []


def test_the_share_is_checked_and_no_spot_is_said() -> None:
    ground = Ground(cast("Api", NoNodes()), "test", (), Clock())
    for percent in (0, 101):
        with pytest.raises(DrillInputError, match=f"--percent {percent}: allowed: 1 to 100"):
            spot_storm(ground, DrillOptions(percent=percent))
    with pytest.raises(DrillInputError, match="no spot machine stands in the cluster"):
        spot_storm(ground, DrillOptions())


def test_a_pod_of_the_spot_pool_is_one_that_may_be_interrupted() -> None:
    """The fixtures' own promise: floor and spot replicas differ in what they tolerate."""
    keys = {pool: {each["key"] for each in model_pod(pool)["tolerations"]} for pool in ("inference", "spot")}
    assert keys["spot"] - keys["inference"] == {"llm-platform/interruptible"}
