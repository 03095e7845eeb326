"""Models as workloads declare them, from an API server made by hand: kinds, floors, ceilings, stand-ins.

Not proven: that a real API server scales them so; test_scale_out.py does it with a Deployment.
"""

from __future__ import annotations

from typing import Any, cast

from rehearsal.cluster.api import Api
from rehearsal.cluster.operator_pods import stand_in_workloads
from rehearsal.drills.workloads import Workload, model_workloads, set_replicas
from tests.rehearsal.drills.manifests import NAMESPACE, autoscaler, deployment, model_pod


class Objects:
    """An API server that has objects, serves the kinds of those, and takes merge patches."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = {(each["kind"], each["metadata"]["name"]): each for each in objects}
        self.scaled: dict[str, int] = {}

    def serves(self, kind: str, _: str) -> bool:
        return any(kind == own for own, _ in self.objects)

    def list(self, kind: str, _: str) -> list[dict[str, Any]]:
        return [each for (own, _), each in self.objects.items() if own == kind]

    def get(self, kind: str, _: str, name: str, __: str) -> dict[str, Any] | None:
        return self.objects.get((kind, name))

    def patch(self, kind: str, _: str, name: str, __: str, body: dict[str, Any]) -> None:
        merge(self.objects[kind, name], body)

    def scale(self, _: str, __: str, name: str, ___: str, replicas: int) -> None:
        self.scaled[name] = replicas


def merge(into: dict[str, Any], body: dict[str, Any]) -> None:
    for key, value in body.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], cast("dict[str, Any]", value))
        else:
            into[key] = value


def api(*objects: dict[str, Any]) -> tuple[Api, Objects]:
    server = Objects(*objects)
    return cast("Api", server), server


def only(found: dict[str, list[Workload]]) -> Workload:
    ((workload,),) = found.values()
    return workload


def pod_template(gpus: int) -> dict[str, Any]:
    return {"metadata": {"labels": {"llm-platform/model": "large"}}, "spec": model_pod("inference", gpus)}


def leader_worker_set() -> dict[str, Any]:
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "large", "namespace": NAMESPACE},
        "spec": {"replicas": 1, "leaderWorkerTemplate": {"size": 3, "workerTemplate": pod_template(8)}},
    }


def ray_service() -> dict[str, Any]:
    groups = [
        {"groupName": "a", "replicas": 1, "maxReplicas": 2, "template": pod_template(1)},
        {"groupName": "b", "replicas": 0, "maxReplicas": 4, "template": pod_template(1)},
    ]
    cluster = {"headGroupSpec": {"template": pod_template(0)}, "workerGroupSpecs": groups}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "large", "namespace": NAMESPACE},
        "spec": {"rayClusterConfig": cluster},
    }


def scaled_object(name: str, least: int, most: int) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"minReplicaCount": least, "maxReplicaCount": most, "scaleTargetRef": {"name": name}},
    }


def test_keda_says_floor_and_ceiling() -> None:
    connection, _ = api(deployment("chat", 2), scaled_object("chat", 0, 9))
    workload = only(model_workloads(connection))
    assert (workload.floor, workload.ceiling, workload.replicas, workload.gpus_per_replica) == (0, 9, 2, 1)


def test_an_autoscaler_does_where_keda_is_off() -> None:
    connection, _ = api(deployment("chat", 2), autoscaler("chat", 1, 5))
    workload = only(model_workloads(connection, {"chat": 50}))
    assert (workload.floor, workload.ceiling) == (1, 5)


def test_what_nothing_scales_goes_to_the_stack_files_ceiling() -> None:
    connection, _ = api(deployment("chat", 2))
    assert only(model_workloads(connection, {"chat": 6})).ceiling == 6
    assert only(model_workloads(connection)).ceiling == 2


def test_a_floor_stands_beside_the_spot_replicas() -> None:
    connection, _ = api(deployment("chat", 3, pool="spot"), deployment("chat-floor", 1, model="chat"))
    found = model_workloads(connection)["chat"]
    assert {each.name: (each.interruptible, each.pods) for each in found} == {
        "chat": (True, 3),
        "chat-floor": (False, 1),
    }


def test_what_serves_no_model_is_left_out() -> None:
    other = deployment("database", 1)
    del other["spec"]["template"]["metadata"]["labels"]["llm-platform/model"]
    assert model_workloads(api(other)[0]) == {}


def test_a_group_of_leader_and_workers_is_one_replica() -> None:
    group = leader_worker_set()
    stand_ins = stand_in_workloads(group)
    connection, server = api(group, *stand_ins)
    workload = only(model_workloads(connection, {"large": 2}))
    assert (workload.pods_per_replica, workload.pods, workload.gpus_per_replica) == (3, 3, 24)
    set_replicas(connection, workload, 2)
    assert server.objects["LeaderWorkerSet", "large"]["spec"]["replicas"] == 2
    assert server.scaled == {"large-leader": 2, "large-worker": 4}


def test_a_ray_service_scales_its_workers_up_to_each_groups_most() -> None:
    service = ray_service()
    connection, server = api(service, *stand_in_workloads(service))
    workload = only(model_workloads(connection, {"large": 5}))
    assert (workload.replicas, workload.pods, workload.pods_beside) == (1, 2, 1)
    set_replicas(connection, workload, 5)
    groups = server.objects["RayService", "large"]["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    assert [group["replicas"] for group in groups] == [2, 3]
    assert server.scaled == {"large-head": 1, "large-worker-a": 2, "large-worker-b": 3}
