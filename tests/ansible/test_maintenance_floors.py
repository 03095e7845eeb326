"""Whether nodes may leave a fleet: floors of served models against the GPUs that would be left.

Not proved here: that the scheduler puts the pods there; test_node_maintenance.py and test_fleet_upgrade.py see that.
"""

from __future__ import annotations

import pytest

from tests.ansible.cluster_objects import Manifest, cluster, model, node, pod, template
from tests.ansible.role_filters import role_filters

fleet_of = role_filters("node_maintenance", "fleet")["maintenance_fleet"]
floors_of = role_filters("node_maintenance", "floors")["maintenance_floors"]


def kept(world: Manifest, *leaving: str) -> bool:
    return floors_of(fleet_of(world), leaving)["kept"]


# -- floors and room --------------------------------------------------------------------------------------------------


def test_a_node_may_leave_when_its_model_finds_room_elsewhere() -> None:
    world = cluster(nodes=[node("a"), node("b")], workloads=[model("chat", 1)], pods=[pod("p", "a", app="chat")])
    said = floors_of(fleet_of(world), ["a"])
    assert said["kept"]
    assert said["placed"] == [("Deployment serving/chat", "b")]
    assert (said["before"], said["after"], said["floors"]) == (16, 8, 8)
    assert said["message"] == "16 GPUs take pods now, 8 without a; floors hold 8"


def test_a_node_stays_when_its_model_would_find_none() -> None:
    nodes = [node("a"), node("b")]
    pods = [pod("p", "a", app="chat"), pod("q", "b", app="chat")]
    said = floors_of(fleet_of(cluster(nodes=nodes, workloads=[model("chat", 2)], pods=pods)), ["a"])
    assert not said["kept"]
    assert said["message"] == (
        "the served models' floors would be broken: chat (Deployment serving/chat) has a floor of 2 x 8 GPUs: 1 stay, "
        "1 would find no node that they may land on. 16 GPUs take pods now, 8 without a; floors hold 16"
    )


def test_two_nodes_that_may_leave_one_by_one_may_not_leave_together() -> None:
    nodes = [node("a"), node("b"), node("c")]
    pods = [pod("p", "a", app="chat"), pod("q", "b", app="chat")]
    world = cluster(nodes=nodes, workloads=[model("chat", 2)], pods=pods)
    assert kept(world, "a")
    assert kept(world, "b")
    assert not kept(world, "a", "b")


def test_replicas_above_the_floor_need_no_room() -> None:
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "x", "namespace": "serving"},
        "spec": {"minReplicas": 1, "scaleTargetRef": {"kind": "Deployment", "name": "chat"}},
    }
    own = {"llm-platform/model": "chat"}
    pods = [pod("p", "a", app="chat", labels=own), pod("q", "b", app="chat", labels=own)]
    world = cluster(nodes=[node("a"), node("b")], workloads=[model("chat", 2)], pods=pods)
    assert not kept(world, "a")
    assert kept({**world, "scalers": [scaler]}, "a")


@pytest.mark.parametrize(
    ("scalers", "replicas", "floor"),
    [
        ([], 3, 3),
        ([], None, 1),
        ([("HorizontalPodAutoscaler", {"minReplicas": 2})], 3, 2),
        ([("HorizontalPodAutoscaler", {})], 3, 1),
        ([("HorizontalPodAutoscaler", {"minReplicas": 2})], 0, 0),  # scaled to zero by hand: the HPA rests
        ([("ScaledObject", {"minReplicaCount": 2})], 3, 2),
        ([("ScaledObject", {"minReplicaCount": 2, "idleReplicaCount": 0})], 0, 2),  # it wakes up to two
        ([("ScaledObject", {})], 3, 0),
        # KEDA makes an HPA of its own, which can't say zero.
        ([("HorizontalPodAutoscaler", {"minReplicas": 1}), ("ScaledObject", {"minReplicaCount": 0})], 3, 0),
    ],
)
def test_the_floor_is_the_autoscalers_or_the_replicas(
    scalers: list[tuple[str, Manifest]], replicas: int | None, floor: int
) -> None:
    target = {"name": "chat"}  # of kind Deployment where nothing is said
    listed = [
        {"kind": kind, "metadata": {"name": "x", "namespace": "serving"}, "spec": {**spec, "scaleTargetRef": target}}
        for kind, spec in scalers
    ]
    elsewhere = [{**each, "metadata": {"name": "y", "namespace": "other"}} for each in listed]
    world = cluster(nodes=[node("a")], workloads=[model("chat", replicas)], scalers=[*elsewhere, *listed])
    assert fleet_of(world)["claims"][0]["floor"] == floor


def test_pods_stay_where_they_are_so_fragments_are_no_room() -> None:
    nodes = [node("a"), node("b"), node("c")]
    small = [pod(f"s{each}", each, 1, app="small") for each in ("b", "c")]
    workloads = [model("small", 2, 1), model("large", 1, 8)]
    world = cluster(nodes=nodes, workloads=workloads, pods=[pod("l", "a", app="large"), *small])
    assert not kept(world, "a")  # 14 GPUs are free, 7 and 7
    assert kept({**world, "nodes": [*nodes, node("d")]}, "a")


@pytest.mark.parametrize(
    "useless",
    [
        node("b", ready=False),
        node("b", spec={"unschedulable": True}),
        node("b", pool="training"),
        node("b", gpus=4),
        node("b", metadata={"deletionTimestamp": "2026-11-21T00:00:00Z"}),
        node("b", spec={"taints": [{"key": "maintenance", "effect": "NoExecute"}]}),
    ],
    ids=["not ready", "cordoned", "of another pool", "too small", "being deleted", "tainted"],
)
def test_a_node_that_takes_none_of_its_pods_is_no_room(useless: Manifest) -> None:
    world = cluster(nodes=[node("a"), useless], workloads=[model("chat", 1)], pods=[pod("p", "a", app="chat")])
    assert not kept(world, "a")


def test_a_cordoned_node_keeps_the_pods_that_it_has() -> None:
    nodes = [node("a"), node("b", spec={"unschedulable": True})]
    world = cluster(nodes=nodes, workloads=[model("chat", 1)], pods=[pod("p", "b", app="chat")])
    assert kept(world, "a")
    assert not kept({**world, "nodes": [nodes[1]]}, "b")


@pytest.mark.parametrize(
    "going",
    [{"metadata": {"deletionTimestamp": "2026-11-21T00:00:00Z"}}, {"phase": "Succeeded"}, {"phase": "Failed"}],
)
def test_a_pod_that_ends_neither_serves_nor_holds_gpus(going: Manifest) -> None:
    ending = pod("p", "b", app="chat", **going)
    world = cluster(
        nodes=[node("a"), node("b")], workloads=[model("chat", 1)], pods=[ending, pod("q", "a", app="chat")]
    )
    assert kept(world, "a")
    assert not kept({**world, "nodes": [node("a"), node("b", gpus=4)]}, "a")


def test_a_pod_on_a_node_that_no_longer_reports_does_not_serve() -> None:
    pods = [pod("p", "a", app="chat"), pod("q", "b", app="chat")]
    world = cluster(nodes=[node("a"), node("b", ready=False)], workloads=[model("chat", 1)], pods=pods)
    assert not kept(world, "a")


def test_what_is_placed_first_leaves_the_large_gaps() -> None:
    """By its priority the small one comes first, and would fit anywhere."""
    classes = [{"metadata": {"name": "first"}, "value": 10}]
    workloads = [model("small", 1, 2, priorityClassName="first"), model("large", 1, 8)]
    pods = [pod("s", "a", 2, app="small"), pod("l", "b", app="large")]
    nodes = [node("a"), node("b"), node("c"), node("d", gpus=2)]
    world = cluster(nodes=nodes, workloads=workloads, pods=pods, priority_classes=classes)
    assert kept(world, "a", "b")


def test_a_floor_that_is_not_met_anyway_keeps_no_node_from_being_repaired() -> None:
    broken = node("a", spec={"unschedulable": True})
    world = cluster(nodes=[broken, node("b")], workloads=[model("chat", 2)], pods=[pod("q", "b", app="chat")])
    assert kept(world, "a")
    assert not kept(world, "b")


def test_others_work_is_in_the_way_unless_it_gives_way() -> None:
    classes = [
        {"metadata": {"name": "inference"}, "value": 100000},
        {"metadata": {"name": "training"}, "value": 10000, "preemptionPolicy": "Never"},
    ]
    job = pod("job", "b", spec={"priority": 10000})
    world = cluster(
        nodes=[node("a"), node("b")],
        workloads=[model("chat", 1, priorityClassName="inference")],
        pods=[pod("p", "a", app="chat", spec={"priority": 100000}), job],
        priority_classes=classes,
    )
    assert kept(world, "a")
    assert not kept({**world, "priority_classes": [{**classes[0], "preemptionPolicy": "Never"}]}, "a")
    assert not kept({**world, "workloads": [model("chat", 1, priorityClassName="training")]}, "a")
    assert not kept({**world, "pods": [world["pods"][0], pod("job", "b", spec={"priority": 200000})]}, "a")


def test_a_model_without_a_class_has_the_default_one() -> None:
    lowly = [{"metadata": {"name": "low"}, "value": 5, "globalDefault": True}]
    pods = [pod("p", "a", app="chat"), pod("job", "b", spec={"priority": 4})]
    world = cluster(nodes=[node("a"), node("b")], workloads=[model("chat", 1)], pods=pods)
    assert not kept(world, "a")
    assert kept({**world, "priority_classes": lowly}, "a")


def test_pods_of_what_is_no_deployment_count_one_by_one() -> None:
    ray = pod("ray-worker", "a", labels={"llm-platform/model": "huge"})
    world = cluster(nodes=[node("a"), node("b", gpus=4)], pods=[ray])
    said = floors_of(fleet_of(world), ["a"])
    assert not said["kept"]
    assert "huge (Pod serving/ray-worker)" in said["message"]
    assert kept({**world, "nodes": [node("a"), node("b")]}, "a")
    assert kept(world, "b")
    lost = [node("a", ready=False), node("b", gpus=4)]
    assert kept({**world, "nodes": lost}, "a")  # it is missing already


def test_a_model_without_gpus_and_a_workload_that_is_no_model_do_not_count() -> None:
    other = model("notebook", 1)
    del other["metadata"]["labels"]["llm-platform/model"]  # its template has the same labels
    world = cluster(nodes=[node("a")], workloads=[other, model("tiny", 1, 0)], pods=[pod("p", "a", app="notebook")])
    assert fleet_of(world)["claims"] == []
    assert kept(world, "a")


def test_partitions_are_their_own_kind_of_room() -> None:
    slices = "nvidia.com/mig-1g.10gb"
    small = model("small", 1)
    small["spec"]["template"]["spec"] = template(1, resource=slices)
    running = pod("p", "a", app="small")
    running["spec"] = {**template(1, resource=slices), "nodeName": "a"}
    partitioned = node("a", gpus=0, allocatable={slices: "56"})
    world = cluster(nodes=[partitioned, node("b")], workloads=[small], pods=[running])
    assert not kept(world, "a")
    assert kept({**world, "nodes": [partitioned, node("b", gpus=0, allocatable={slices: "7"})]}, "a")


def test_a_node_says_what_a_drain_takes_and_what_was_noted() -> None:
    own = {"ownerReferences": [{"kind": "DaemonSet", "name": "agent"}]}
    mirror = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    pods = [
        pod("job", "a"),
        pod("agent", "a", metadata=own),
        pod("static", "a", metadata=mirror),
        pod("done", "a", phase="Succeeded"),
        pod("elsewhere", "b"),
    ]
    noted = node("a", metadata={"annotations": {"note": "{}"}}, spec={"unschedulable": True})
    seen = fleet_of(cluster(nodes=[noted, node("b")], pods=pods), "note")["nodes"]
    assert seen["a"]["evict"] == ["serving/job"]
    assert (seen["a"]["maintenance"], seen["a"]["cordoned"]) == ("{}", True)
    assert (seen["b"]["maintenance"], seen["b"]["cordoned"]) == (None, False)
