"""A node is taken out of service and back: against a real API server, scheduler and disruption controller.

Nodes and the life of pods are simulated; the hosts are this machine, on which the role runs nothing here. The whole
way through a fleet: test_fleet_upgrade.py.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.cluster.stages import STOPS_IN
from tests.ansible.control_plane import Cluster, names
from tests.ansible.lab.play import Played
from tests.ansible.lab.playing import environment
from tests.ansible.light_hosts import LightHosts

pytestmark = pytest.mark.xdist_group("playbooks-cluster")

LEASE = ("Lease", "coordination.k8s.io/v1", "llm-platform-maintenance", "kube-system")


@pytest.fixture
def hosts(tmp_path: Path, cluster: Cluster) -> LightHosts:
    return LightHosts(tmp_path, cluster)


def failed(played: Played, host: str) -> str:
    """Return the last message with which a host failed."""
    return [each.message for each in played.tasks if each.host == host and each.status == "failed"][-1]


def agents_of(cluster: Cluster) -> list[str]:
    return [name for name in names(cluster.pods()) if name.startswith("agent-")]


def pod_of_nobody(node: str) -> dict[str, object]:
    spec = {"nodeName": node, "containers": [{"name": "c", "image": "i"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "namespace": "serving"}, "spec": spec}


def soon(true: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def touchable(cluster: Cluster, name: str) -> dict[str, object]:
    """Return what a play could change on a node; its resourceVersion moves with every heartbeat too."""
    node = cluster.node(name)
    # Those of Kubernetes' own controllers come and go with what they think of the node.
    taints = [taint for taint in node["spec"].get("taints", []) if not taint["key"].startswith("node.kubernetes.io/")]
    return {**node["spec"], "taints": taints, **{key: node["metadata"].get(key) for key in ("labels", "annotations")}}


def lease(cluster: Cluster, holder: str) -> None:
    taken = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 7200, "acquireTime": taken, "renewTime": taken}
    metadata = {"name": LEASE[2], "namespace": LEASE[3]}
    cluster.put({"apiVersion": LEASE[1], "kind": LEASE[0], "metadata": metadata, "spec": spec})


def test_a_node_goes_and_comes_back_as_it_was(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01", "dgx-03")
    cluster.nodes("dgx-02", cordoned=True)
    cluster.daemon_set("agent")
    cluster.model("chat", 1)
    cluster.settle()
    agents = agents_of(cluster)
    where = cluster.pods(model="chat")[0]["spec"]["nodeName"]
    other = "dgx-03" if where == "dgx-01" else "dgx-01"
    inventory = hosts.inventory(
        [where, "dgx-02"], node_maintenance_operation="repair", node_maintenance_wanted="new fans"
    )

    looked = hosts.enter_role("enter", inventory, "--check")
    assert looked.rc == 0, looked.output
    assert (cluster.cordoned(where), cluster.note(where)) == (False, None)

    # Twice, as after an interruption: the second finds the node cordoned by the first.
    went = hosts.enter_role("enter", inventory, times=2)
    assert went.rc == 0, went.output
    for name, by_hand in ((where, False), ("dgx-02", True)):
        note = cluster.note(name)
        assert note is not None
        assert {**note, "since": ""} == {
            "operation": "repair",
            "wanted": "new fans",
            "since": "",
            "phase": "change",
            "cordoned_before": by_hand,
            "reason": "",
        }
        assert cluster.cordoned(name)
    soon(lambda: [pod["spec"].get("nodeName") for pod in cluster.pods(model="chat")] == [other])
    # With an emptyDir, a drain would take them along.
    assert agents_of(cluster) == agents
    assert len(agents) == 3

    back = hosts.enter_role("leave", inventory)
    assert back.rc == 0, back.output
    assert [(cluster.cordoned(name), cluster.note(name)) for name in (where, "dgx-02")] == [(False, None), (True, None)]


def test_what_keeps_a_node_from_being_drained_is_named_and_undone(cluster: Cluster, hosts: LightHosts) -> None:
    """Four at once: a budget, a pod that does not end, a budget in an interrupted roll's way, a pod of nobody."""
    cluster.nodes("dgx-01")
    cluster.model("chat", 1, budget={"minAvailable": 1})
    cluster.settle()
    cluster.nodes("dgx-02")
    cluster.model("slow", 1)
    cluster.settle()
    # This one alone, and not what takes its place; `cluster.clear` ends it.
    (slow,) = names(cluster.pods(model="slow"))
    cluster.api.patch("Pod", "v1", slow, "serving", {"metadata": {"annotations": {STOPS_IN: "600s"}}})
    cluster.nodes("dgx-03")
    cluster.model("late", 1, budget={"minAvailable": 1})
    cluster.settle()
    cluster.write_note("dgx-03", '{"phase": "change", "cordoned_before": false, "since": "2026-11-21T00:00:00Z"}')

    cluster.nodes("dgx-04")
    cluster.put(pod_of_nobody("dgx-04"))
    played = hosts.enter_role(
        "enter", hosts.inventory(["dgx-01", "dgx-02", "dgx-03", "dgx-04"], node_maintenance_drain_timeout=3)
    )
    assert played.rc != 0
    pod = names(cluster.pods(model="chat"))[0]
    told = failed(played, "dgx-01")
    assert f"serving/{pod} is kept by the disruption budget serving/chat: 1 healthy, 1 needed" in told
    assert "It takes pods again." in told
    assert (cluster.cordoned("dgx-01"), cluster.note("dgx-01")) == (False, None)
    told = failed(played, "dgx-02")
    assert "was told to go and is still ending" in told
    assert (cluster.cordoned("dgx-02"), cluster.note("dgx-02")) == (False, None)
    told = failed(played, "dgx-03")
    assert "the disruption budget serving/late" in told
    assert "It stays cordoned." in told
    assert cluster.cordoned("dgx-03")
    assert (cluster.note("dgx-03") or {})["since"] == "2026-11-21T00:00:00Z"
    told = failed(played, "dgx-04")
    assert "serving/alone is still there (Pod deletion errors: cannot delete Pods not managed by" in told
    assert (cluster.cordoned("dgx-04"), cluster.note("dgx-04")) == (False, None)


@pytest.mark.reported("NVIDIA/gpu-operator#2874: pods were let back before the GPUs were")
def test_a_node_comes_back_only_when_it_is_whole(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01", cordoned=True)
    cluster.settle()
    cluster.write_note("dgx-01", '{"phase": "change", "cordoned_before": false}')
    inventory = hosts.inventory(["dgx-01"])
    cluster.advertise("dgx-01", 7)
    short = hosts.enter_role("leave", inventory)
    assert short.rc != 0
    assert "has not come back after 5 s: it advertises 7 of 8 nvidia.com/gpu" in failed(short, "dgx-01")
    assert cluster.cordoned("dgx-01")

    late = threading.Timer(6, cluster.advertise, ("dgx-01", 8))
    late.start()
    waited = hosts.enter_role("leave", hosts.inventory(["dgx-01"], node_maintenance_return_timeout=60))
    late.join()
    assert waited.rc == 0, waited.output
    assert not cluster.cordoned("dgx-01")


def program(folder: Path, name: str, says: str, rc: int) -> Path:
    """Put a program there that says something and ends."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {rc}\n")
    file.chmod(0o755)
    return file


def test_a_node_whose_host_is_broken_does_not_come_back(cluster: Cluster, hosts: LightHosts, tmp_path: Path) -> None:
    """What watches it cordons it too: before it came back, while it works, and while it could not be drained."""
    cluster.nodes("dgx-01", cordoned=True)
    cluster.settle()
    cluster.write_note("dgx-01", '{"phase": "change", "cordoned_before": false}')
    watcher = program(tmp_path, "node-health", "cordon: xid-79 0000:1b:00: GPU has fallen off the bus, 1 times", 1)
    inventory = hosts.inventory(
        ["dgx-01"],
        node_maintenance_health_program=str(watcher),
        node_maintenance_soak_seconds=1,
        node_maintenance_drain_timeout=3,
    )
    broken = hosts.enter_role("leave", inventory)
    assert "check` says: cordon: xid-79 0000:1b:00: GPU has fallen off the bus" in failed(broken, "dgx-01")
    assert cluster.cordoned("dgx-01")

    program(tmp_path, "node-health", "not known: the status is of an earlier boot", 2)
    silent = hosts.enter_role("leave", inventory)
    assert "check` says: not known: the status is of an earlier boot" in failed(silent, "dgx-01")
    assert cluster.cordoned("dgx-01")

    program(tmp_path, "node-health", "healthy", 0)
    assert hosts.enter_role("leave", inventory).rc == 0
    assert not cluster.cordoned("dgx-01")

    program(tmp_path, "node-health", "not healthy; cordon: done", 1)
    assert "not healthy; cordon: done" in failed(hosts.enter_role("soak", inventory), "dgx-01")
    cluster.put(pod_of_nobody("dgx-01"))
    told = failed(hosts.enter_role("enter", inventory), "dgx-01")
    assert "It stays cordoned. The host is not healthy: not healthy; cordon: done." in told
    assert cluster.cordoned("dgx-01")
    assert (cluster.note("dgx-01") or {})["cordoned_before"] is False


@pytest.mark.parametrize(
    ("rc", "says", "goes", "told"),
    [
        (0, "", True, ""),
        (15, "Unable to determine the device handle for GPU", True, "ended with 15 (a GPU is lost)"),
        (124, "", True, "ended with 124 (it did not answer within 120 s)"),
        (0, "4711, /opt/train, GPU-1", False, "on its GPUs: 4711, /opt/train, GPU-1. End them, then start again."),
    ],
)
def test_a_broken_gpu_keeps_no_node_and_a_process_does(
    hosts: LightHosts, tmp_path: Path, rc: int, says: str, goes: bool, told: str
) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "nvidia-smi", says, rc)
    inventory = hosts.inventory(
        ["dgx-01"], node_maintenance_check_gpu_processes=True, node_maintenance_gpu_processes_timeout=1
    )
    path = f"{tmp_path}/bin:{environment(tmp_path, tmp_path / 'record')['PATH']}"
    played = hosts.enter_role("gpu_processes", inventory, settings={"PATH": path})
    assert (played.rc == 0) is goes, played.output
    assert told in "\n".join(task.message for task in played.tasks)
    call = played.task("Wait until nothing computes on the GPUs").result["cmd"]
    assert call[:3] == ["timeout", "120", "nvidia-smi"]


def test_a_host_that_is_no_node_is_told(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01")
    for entry in ("enter", "main"):
        played = hosts.enter_role(entry, hosts.inventory(["dgx-09"]))
        assert "The cluster has no node dgx-09" in failed(played, "dgx-09")


def test_only_one_roll_has_the_lock(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01")
    inventory = hosts.inventory(["dgx-01"], node_maintenance_operation="upgrade-driver")
    lease(cluster, "mig-layout alice@elsewhere 4711 99")
    refused = hosts.enter_role("lock", inventory)
    assert "another roll is under way: mig-layout alice@elsewhere 4711 99; its lock lasts until" in failed(
        refused, "dgx-01"
    )
    # Two who look at the same moment see a lock that is free; the second finds it changed.
    looked = {"metadata": {"resourceVersion": "1"}, "spec": {}}
    late = hosts.enter_role("lock", inventory, "-e", json.dumps({"node_maintenance_lease": looked}))
    assert "the object has been modified" in failed(late, "dgx-01")
    # What is another's is not given back.
    assert hosts.enter_role("unlock", inventory).rc == 0
    assert hosts.enter_role("lock", inventory, "-e", "node_maintenance_lock_take_over=true").rc == 0
    taken = cluster.api.get(*LEASE)
    assert taken is not None
    assert taken["spec"]["holderIdentity"].startswith("upgrade-driver ")
    assert taken["spec"]["leaseTransitions"] == 1
    # That play has ended: the next need not wait for the lock to expire.
    assert hosts.enter_role("lock", inventory).rc == 0


def test_outside_the_window_nothing_begins(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01")
    now = datetime.now(UTC)
    window = {"start": f"{now + timedelta(hours=2):%H:%M}", "end": f"{now + timedelta(hours=4):%H:%M}"}
    inventory = hosts.inventory(["dgx-01"], node_maintenance_window=window)
    refused = hosts.enter_role("window", inventory)
    assert f"is closed; the next opens at {now + timedelta(hours=2):%Y-%m-%d %H:%M}" in failed(refused, "dgx-01")
    assert hosts.enter_role("window", inventory, "-e", "node_maintenance_window_override=true").rc == 0


def test_floors_are_read_from_the_cluster(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01", "dgx-02")
    cluster.nodes("dgx-03", cordoned=True)
    cluster.model("chat", 2, floor=2)
    cluster.settle()
    inventory = hosts.inventory(["dgx-01"])
    told = failed(hosts.enter_role("check_floors", inventory), "dgx-01")
    assert "chat (Deployment serving/chat) has a floor of 2 x 8 GPUs: 1 stay, 1 would find no node" in told
    assert "bring back nodes that are cordoned (dgx-03)" in told
    cluster.nodes("dgx-04")
    cluster.settle()
    assert hosts.enter_role("check_floors", inventory).rc == 0


def test_the_plan_says_what_would_be_done_and_does_nothing(cluster: Cluster, hosts: LightHosts) -> None:
    cluster.nodes("dgx-01", "dgx-02")
    cluster.model("chat", 1)
    cluster.settle()
    before = [touchable(cluster, name) for name in ("dgx-01", "dgx-02")]
    where = cluster.pods(model="chat")[0]
    planned = {"needed": True, "report": ["driver: installed 580.126.20, wanted 580.178.04"]}
    inventory = hosts.inventory(
        ["dgx-01", "dgx-02"], per_host={where["spec"]["nodeName"]: {"node_maintenance_planned": planned}}
    )
    played = hosts.enter_role("main", inventory)
    assert (played.rc, played.changed()) == (0, [])
    lines = played.task("Print the plan", where["spec"]["nodeName"]).result["msg"]
    assert (
        lines[0]
        == f"node {where['spec']['nodeName']}: takes pods, 1 pods to drain (serving/{where['metadata']['name']})"
    )
    assert lines[1:] == [
        "driver: installed 580.126.20, wanted 580.178.04",
        f"16 GPUs take pods now, 8 without {where['spec']['nodeName']}; floors hold 8",
        "no maintenance window is set",
        "would be taken out of service",
    ]
    assert [touchable(cluster, name) for name in ("dgx-01", "dgx-02")] == before
    assert cluster.api.get(*LEASE) is None

    # What another operation began is not gone on with.
    for name in ("dgx-01", "dgx-02"):
        cluster.write_note(name, '{"operation": "decommission", "phase": "drain"}')
    other = hosts.enter_role("main", inventory)
    last = {name: other.task("Print the plan", name).result["msg"][-1] for name in ("dgx-01", "dgx-02")}
    due = where["spec"]["nodeName"]
    assert last.pop(due) == "would be refused: decommission is under way on it (phase drain)"
    assert list(last.values()) == ["nothing to do: would be left alone"]
