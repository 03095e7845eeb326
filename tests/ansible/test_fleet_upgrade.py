"""A driver is rolled through twelve hosts while models serve: interrupted, failing, resumed, to the end.

Real: the playbook, role node_maintenance, API server, scheduler, disruption controller. Standing in: hosts and the
roles that touch them (fleet.py), nodes and the life of pods. With the real roles: test_rolls_of_real_roles.py.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from rehearsal.drills.watching import Watch, watching
from tests.ansible.control_plane import Cluster
from tests.ansible.fleet import NEW, OLD, Fleet, cordons, standings
from tests.ansible.lab.play import Played

pytestmark = [pytest.mark.xdist_group("playbooks-cluster"), pytest.mark.timeout(1800)]

KINDS = (("Pod", "v1"), ("Node", "v1"))
NAMES = [f"dgx-{number:02}" for number in range(1, 13)]
BATCHES = ["-e", '{"upgrade_driver_serial": [1, 2, 3]}']
REPLICAS = {"chat": 6, "code": 8}
FLOORS = {"chat": 5, "code": 7}
"""The least that the HPA keeps, and that the disruption budget demands to be ready."""
GPUS_OF = {"chat": 4, "code": 2}


@pytest.fixture
def fleet(tmp_path: Path, cluster: Cluster) -> Generator[Fleet]:
    fleet = Fleet(tmp_path, cluster, NAMES)
    cluster.nodes(*NAMES)
    with fleet.kubelets():
        yield fleet


def test_a_batch_that_would_break_a_floor_is_not_begun(tmp_path: Path, cluster: Cluster) -> None:
    fleet = Fleet(tmp_path, cluster, NAMES[:2])
    cluster.nodes(*NAMES[:3])
    cluster.model("chat", 2, gpus=8)
    cluster.settle()
    with fleet.kubelets():
        refused = fleet.play(fleet.inventory(), "-e", '{"upgrade_driver_serial": [2]}')
    assert refused.rc != 0
    assert "would find no node that they may land on" in refused.messages
    assert "Nothing of this batch was touched." in refused.messages
    assert [(fleet.calls(name), cluster.cordoned(name), cluster.note(name)) for name in NAMES[:2]] == [
        ([], False, None)
    ] * 2
    assert lock_holder(cluster) == ""


def test_what_another_operation_began_is_left_alone_and_keeps_no_other_host(tmp_path: Path, cluster: Cluster) -> None:
    """A host of the batch is refused; the other goes on, on the lock that is the whole batch's."""
    fleet = Fleet(tmp_path, cluster, NAMES[:2])
    cluster.nodes("dgx-01")
    cluster.nodes("dgx-02", cordoned=True)
    begun = {"operation": "decommission", "phase": "drain", "cordoned_before": False}
    cluster.write_note("dgx-02", json.dumps(begun))
    with fleet.kubelets():
        alone = fleet.play(fleet.inventory(), "-e", '{"upgrade_driver_serial": [2]}')
        assert "dgx-02: decommission is under way on it (phase drain). Finish that with its own" in alone.messages
        assert "Nothing of this batch was touched." in alone.messages
        assert (fleet.loaded("dgx-01"), lock_holder(cluster)) == (OLD, "")

        played = fleet.play(
            fleet.inventory(), "-e", '{"upgrade_driver_serial": [2], "upgrade_driver_max_fail_percentage": 50}'
        )
    assert played.rc != 0
    assert "This host was not touched." in played.messages
    assert (fleet.loaded("dgx-01"), cluster.cordoned("dgx-01"), cluster.note("dgx-01")) == (NEW, False, None)
    assert (fleet.calls("dgx-02"), cluster.cordoned("dgx-02"), cluster.note("dgx-02")) == ([], True, begun)
    done = [task.name for task in played.tasks if task.status == "changed"]
    assert done.index("Give the lock back") > done.index("Install the driver and boot")
    assert lock_holder(cluster) == ""


def test_a_host_that_is_lost_on_the_way_is_named_and_ends_the_roll(tmp_path: Path, cluster: Cluster) -> None:
    fleet = Fleet(tmp_path, cluster, NAMES[:3])
    cluster.nodes(*NAMES[:3])
    fleet.unplug("dgx-01")
    with fleet.kubelets():
        played = fleet.play(fleet.inventory(), "-e", '{"upgrade_driver_serial": [2, 1]}')
    assert played.rc != 0
    assert [each.host for each in played.tasks if each.status == "unreachable"] == ["dgx-01"]
    assert "Hosts that failed or can't be reached: dgx-01. That is more than 0 % of a batch of 1." in played.messages
    # Its peer was finished, the next batch not begun.
    assert [fleet.loaded(name) for name in fleet.names] == [OLD, NEW, OLD]
    assert [cluster.cordoned(name) for name in fleet.names] == [True, False, False]
    assert (cluster.note("dgx-01") or {})["phase"] == "change"
    assert fleet.calls("dgx-03") == []


@pytest.fixture
def watch(fleet: Fleet) -> Generator[Watch]:
    """Models that need most of the fleet, at rest; and everything that happens to them from then on."""
    cluster = fleet.cluster
    # One pod of each may be away, and is for a second: hosts of a batch that have one each meet a refusal.
    cluster.model("chat", 6, gpus=4, floor=5, budget={"minAvailable": 5}, starts_in="1s", stops_in="500ms")
    cluster.model("code", 8, gpus=2, floor=7, budget={"maxUnavailable": 1}, starts_in="1s", stops_in="200ms")
    cluster.daemon_set("agent")
    cluster.settle()
    with watching(cluster.api, KINDS) as watch:
        yield watch


def out_of_service(cluster: Cluster) -> dict[str, str]:
    """Return the phase of each node that something is under way on; each of them is cordoned, and no other."""
    notes = {name: cluster.note(name) for name in NAMES}
    assert [name for name in NAMES if cluster.cordoned(name)] == [name for name, note in notes.items() if note]
    return {name: note["phase"] for name, note in notes.items() if note}


def lock_holder(cluster: Cluster) -> str:
    found = cluster.api.get("Lease", "coordination.k8s.io/v1", "llm-platform-maintenance", "kube-system")
    return found["spec"]["holderIdentity"] if found else ""


def drains(played: Played) -> list[str]:
    """Return the hosts that were drained, in order, and check that none was on the way twice."""
    hosts = [each.host for each in played.tasks if each.name == "Evict them, as often as disruption budgets refuse"]
    assert len(hosts) == len(set(hosts))
    return hosts


@pytest.mark.reported(
    "NVIDIA/deepops#1308: how to upgrade the driver alone on a cluster that serves, without breaking it"
)
def test_a_fleet_is_upgraded_without_breaking_a_floor(fleet: Fleet, watch: Watch) -> None:
    cluster, inventory = fleet.cluster, fleet.inventory()

    planned = fleet.play(inventory, "--tags", "plan")
    assert (planned.rc, planned.changed()) == (0, []), planned.output
    for name in NAMES:
        lines = planned.task("Print the plan", name).result["msg"]
        assert f"driver: installed {OLD}, loaded {OLD}, wanted {NEW}" in lines
        assert f"96 GPUs take pods now, 88 without {name}; floors hold 34" in lines
        assert lines[-1] == "would be taken out of service"
    assert cordons(watch) == []
    assert lock_holder(cluster) == ""

    # Ctrl-C while the second batch is in the middle of its change.
    for name in NAMES[1:3]:
        fleet.slow(name)
    interrupted = fleet.interrupted_play(
        inventory,
        lambda: any(len(fleet.calls(name)) == 1 and fleet.loaded(name) == OLD for name in NAMES[1:3]),
        *BATCHES,
    )
    for name in NAMES[1:3]:
        fleet.slow(name, slow=False)
    assert interrupted.rc != 0
    assert out_of_service(cluster) == {"dgx-02": "change", "dgx-03": "change"}
    assert fleet.loaded("dgx-01") == NEW
    assert [fleet.calls(name) for name in NAMES[3:]] == [[]] * 9
    assert lock_holder(cluster).startswith("upgrade-driver ")

    # What was begun comes first. dgx-05 fails: its batch finishes, and nothing after it begins.
    fleet.sicken("dgx-05")
    stopped = fleet.play(inventory, *BATCHES)
    assert stopped.rc != 0
    assert drains(stopped)[0] == "dgx-02"
    assert set(drains(stopped)) == {"dgx-02", "dgx-03", "dgx-04", "dgx-05", "dgx-06", "dgx-07"}
    assert out_of_service(cluster) == {"dgx-05": "failed"}
    assert "GPU 3 has fallen off the bus" in (cluster.note("dgx-05") or {})["reason"]
    assert f"brought back to {OLD}" in stopped.messages
    assert (fleet.calls("dgx-05"), fleet.loaded("dgx-05")) == ([NEW, OLD], OLD)
    assert [fleet.loaded(name) for name in NAMES if name != "dgx-05"] == [NEW] * 6 + [OLD] * 5
    assert [fleet.calls(name) for name in NAMES[7:]] == [[]] * 5
    assert lock_holder(cluster) == ""

    # Repaired; the rest follows, and what is done is left alone.
    fleet.sicken("dgx-05", sick=False)
    finished = fleet.play(inventory, *BATCHES)
    assert finished.rc == 0, finished.output
    assert drains(finished)[0] == "dgx-05"
    assert set(drains(finished)) == {"dgx-05", *NAMES[7:]}
    assert out_of_service(cluster) == {}
    assert [fleet.loaded(name) for name in NAMES] == [NEW] * 12
    assert [len(fleet.calls(name)) for name in (NAMES[0], *NAMES[3:])] == [1, 1, 3, 1, 1, 1, 1, 1, 1, 1]

    before = len(cordons(watch))
    again = fleet.play(inventory, *BATCHES)
    assert (again.rc, again.changed(), drains(again)) == (0, [], []), again.output
    assert len(cordons(watch)) == before

    check_every_moment(watch)
    refusals = [
        each.result.get("attempts", 1) - 1
        for each in (*stopped.tasks, *finished.tasks)
        if each.name.startswith("Evict")
    ]
    assert sum(refusals) > 0


def check_every_moment(watch: Watch) -> None:
    moments = list(standings(watch))
    # Before, the watch is still being told of what was there.
    begin = next(at for at, (_, ready) in enumerate(moments) if ready == REPLICAS)
    for closed, ready in moments[begin:]:
        assert all(ready[model] >= floor for model, floor in FLOORS.items()), (closed, ready)
        assert (len(NAMES) - len(closed)) * 8 >= sum(floor * GPUS_OF[model] for model, floor in FLOORS.items())
    assert max(len(closed) for closed, _ in moments[begin:]) == 3
    assert min(ready["chat"] for _, ready in moments[begin:]) == FLOORS["chat"]
