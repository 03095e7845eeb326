"""Pods that stand in for an operator's. What the operator adds to them by itself is not there and not tested."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.operator_pods import STAND_IN_LABEL, missing_pods, stand_in_workloads

TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c"}], "restartPolicy": "Always"}}
RAY = {
    "headGroupSpec": {"template": TEMPLATE},
    "workerGroupSpecs": [{"groupName": "gpu", "replicas": 2, "numOfHosts": 2, "template": TEMPLATE}],
}


def resource(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "x", "namespace": "serving", "labels": {"team": "ml"}}, "spec": spec}


def made(kind: str, spec: dict[str, Any]) -> dict[str, int]:
    found = stand_in_workloads(resource(kind, spec))
    return {workload["metadata"]["name"]: workload["spec"]["replicas"] for workload in found}


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("RayCluster", RAY, {"x-head": 1, "x-worker-gpu": 4}),
        ("RayService", {"rayClusterConfig": RAY}, {"x-head": 1, "x-worker-gpu": 4}),
        ("RayJob", {"rayClusterSpec": RAY}, {"x-head": 1, "x-worker-gpu": 4}),
        (
            "LeaderWorkerSet",
            {"replicas": 2, "leaderWorkerTemplate": {"size": 3, "workerTemplate": TEMPLATE}},
            {"x-leader": 2, "x-worker": 4},
        ),
        ("LeaderWorkerSet", {"leaderWorkerTemplate": {"size": 1, "workerTemplate": TEMPLATE}}, {"x-leader": 1}),
        (
            "JobSet",
            {
                "replicatedJobs": [
                    {"name": "j", "replicas": 2, "template": {"spec": {"parallelism": 4, "template": TEMPLATE}}}
                ]
            },
            {"x-j": 8},
        ),
        ("JobSet", {"suspend": True, "replicatedJobs": []}, {}),
        ("Prometheus", {"replicas": 2, "shards": 2}, {"x": 4}),
        ("Alertmanager", {}, {"x": 1}),
        ("SparkApplication", {"executor": {"instances": 5}}, {"x-driver": 1, "x-executor": 5}),
        ("Deployment", {}, {}),
        ("ScaledObject", {}, {}),
    ],
)
def test_as_many_pods_as_the_operator_would_make(kind: str, spec: dict[str, Any], expected: dict[str, int]) -> None:
    assert made(kind, spec) == expected


def test_a_ray_group_without_a_number_begins_with_the_least() -> None:
    group = {"groupName": "gpu", "minReplicas": 1, "maxReplicas": 9, "template": TEMPLATE}
    assert (
        made("RayCluster", {"headGroupSpec": {"template": TEMPLATE}, "workerGroupSpecs": [group]})["x-worker-gpu"] == 1
    )


def test_a_stand_in_is_marked_and_selects_its_own_pods_alone() -> None:
    head, worker = stand_in_workloads(resource("RayCluster", RAY))
    for workload in (head, worker):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        selector = workload["spec"]["selector"]["matchLabels"]
        assert labels[STAND_IN_LABEL] == "RayCluster"
        assert labels["a"] == "b"
        assert selector.items() <= labels.items()
        assert "restartPolicy" not in workload["spec"]["template"]["spec"]
        assert workload["metadata"]["namespace"] == "serving"
    assert head["spec"]["selector"] != worker["spec"]["selector"]


def test_sparks_pods_ask_for_their_memory_with_its_overhead_and_their_gpus() -> None:
    executor = {"instances": 1, "cores": 4, "memory": "8g", "gpu": {"name": "nvidia.com/gpu", "quantity": 1}}
    _, workload = stand_in_workloads(resource("SparkApplication", {"executor": executor}))
    resources = workload["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources["requests"] == {"cpu": "4", "memory": f"{8192 + 820}Mi", "nvidia.com/gpu": "1"}
    assert resources["limits"] == {"nvidia.com/gpu": "1"}


def test_a_prometheus_keeps_where_it_may_run_and_what_it_asks_for() -> None:
    spec = {
        "resources": {"requests": {"cpu": "1"}},
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"a": "b"},
    }
    (workload,) = stand_in_workloads(resource("Prometheus", spec))
    pod = workload["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == spec["resources"]
    assert pod["tolerations"] == spec["tolerations"]
    assert pod["nodeSelector"] == spec["nodeSelector"]


def test_a_resource_without_its_template_raises_rather_than_vanishes() -> None:
    with pytest.raises(KeyError):
        stand_in_workloads(resource("RayService", {}))


def test_kinds_whose_pods_stand_nowhere_are_named() -> None:
    assert missing_pods(["ClusterPolicy", "Deployment"]) == {
        "ClusterPolicy": "the GPU Operator's own daemon sets on GPU nodes"
    }
