"""When a cluster is at rest. The looks are recorded; that a real one comes to rest is test_simulation.py's."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster import settle as module
from rehearsal.cluster.settle import UnsettledError, look, settle
from tests.rehearsal.cluster.recorded_api import Object, RecordedApi, controller, node, pod


def moving(*objects: Object, karpenter: bool = False) -> tuple[str, ...]:
    return look(RecordedApi(*objects).as_api(), karpenter=karpenter).moving


def deleted(thing: Object) -> Object:
    return {**thing, "metadata": {**thing["metadata"], "deletionTimestamp": "now"}}


def scaler(current: int, **status: Any) -> Object:
    metadata = {"name": "h", "namespace": "serving"}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": {"minReplicas": 2},
        "status": {"currentReplicas": current, **status},
    }


CLAIM: Object = {"kind": "NodeClaim", "metadata": {"name": "n"}, "status": {}}
FORBIDDEN = [{"type": "ReplicaFailure", "status": "True"}]
UNABLE = [{"type": "AbleToScale", "status": "False"}]


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (pod("p"), "serving/p has not been looked at by the scheduler"),
        (pod("p", on="n"), "serving/p is starting"),
        (deleted(pod("p", on="n", ready=True)), "serving/p is being deleted"),
        (node("n", ready=False), "node n is not ready"),
        (
            controller("Deployment", "d", observedGeneration=0),
            "Deployment serving/d has not been seen by its controller",
        ),
        (
            controller("Deployment", "d", replicas=0) | {"spec": {"replicas": 1}},
            "Deployment serving/d is getting its pods",
        ),
        (scaler(1), "HorizontalPodAutoscaler serving/h has not come to its least replicas"),
    ],
)
def test_what_will_move_by_itself_is_named(thing: Object, why: str) -> None:
    assert moving(thing) == (why,)


@pytest.mark.parametrize(
    "thing",
    [
        pod("p", on="n", ready=True),
        pod("p", waits="0/1 nodes are available"),
        pod("p") | {"status": {"phase": "Succeeded"}},
        pod("p") | {"spec": {"schedulingGates": [{"name": "kueue"}], "containers": []}},
        node("n"),
        controller("Deployment", "d"),
        controller("Deployment", "d", replicas=0, conditions=FORBIDDEN) | {"spec": {"replicas": 1}},
        scaler(2),
        scaler(0, conditions=UNABLE),
    ],
)
def test_what_nothing_will_move_is_at_rest(thing: Object) -> None:
    assert moving(thing) == ()


def test_a_machine_on_its_way_is_waited_for_where_karpenter_runs() -> None:
    assert moving(CLAIM, karpenter=True) == ("NodeClaim n is not initialized",)
    assert moving(CLAIM) == ()


class Passing:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Passing:
    passing = Passing()
    monkeypatch.setattr(module, "time", passing)
    return passing


def test_it_waits_for_quiet_and_longer_for_karpenter_when_pods_wait(time: Passing) -> None:
    settle(RecordedApi(pod("p", waits="no")).as_api())
    assert time.now == module.QUIET_SECONDS
    time.now = 0
    settle(RecordedApi(pod("p", on="n", ready=True)).as_api(), karpenter=True)
    assert time.now == module.QUIET_SECONDS
    time.now = 0
    settle(RecordedApi(pod("p", waits="no")).as_api(), karpenter=True)
    assert time.now == module.QUIET_SECONDS_WITH_KARPENTER


def test_a_change_begins_the_quiet_anew(time: Passing) -> None:
    api = RecordedApi(pod("p", on="n", ready=True))

    def more(count: int) -> None:
        if time.now == 1.5 and count == 1:
            api.objects.append(pod("q", on="n", ready=True))

    settle(api.as_api(), progress=more)
    assert time.now == 2.0 + module.QUIET_SECONDS


def test_the_quiet_begins_when_the_last_has_stopped_moving(time: Passing) -> None:
    """A node that gets ready late lets the pods in that have waited for it, unchanged, for longer than the quiet."""
    late = node("n", ready=False)
    api = RecordedApi(pod("p", waits="untolerated taint"), late)

    def later(_: int) -> None:
        if time.now == 2 * module.QUIET_SECONDS:
            api.objects[:] = [pod("p", waits="untolerated taint"), node("n")]
        if time.now == 2 * module.QUIET_SECONDS + 1:
            api.objects[:] = [pod("p", on="n", ready=True), node("n")]

    settle(api.as_api(), progress=later)
    assert time.now == 2 * module.QUIET_SECONDS + 1 + module.EVERY_SECONDS + module.QUIET_SECONDS


def test_another_reason_to_wait_is_a_change(time: Passing) -> None:
    api = RecordedApi(pod("p", waits="untolerated taint"))

    def later(_: int) -> None:
        if time.now == 1:
            api.objects[:] = [pod("p", waits="Insufficient nvidia.com/gpu")]

    settle(api.as_api(), progress=later)
    assert time.now > module.QUIET_SECONDS + 1


def test_it_gives_up_and_says_what_still_moved(time: Passing) -> None:
    with pytest.raises(UnsettledError, match=r"not at rest after 5 s: serving/p is starting; serving/q is starting$"):
        settle(RecordedApi(pod("p", on="n"), pod("q", on="n")).as_api(), limit_seconds=5)
    assert time.now > 5


@pytest.mark.usefixtures("time")
def test_what_is_pointless_to_wait_for_ends_it_at_once() -> None:
    def dead() -> None:
        raise RuntimeError("the control plane died")

    with pytest.raises(RuntimeError, match="died"):
        settle(RecordedApi().as_api(), check=dead)
