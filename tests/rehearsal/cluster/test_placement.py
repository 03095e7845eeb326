"""Rows of the placement, read from recorded objects. test_simulation.py reads them from a real cluster."""

from __future__ import annotations

from typing import Any

from rehearsal.cluster.placement import Workload, full_name, short_reason, wanted_pods, workloads
from tests.rehearsal.cluster.recorded_api import Object, RecordedApi, controller, node, pod

NAMESPACE: Object = {
    "kind": "Namespace",
    "metadata": {"name": "serving", "labels": {"llm-platform/workload": "inference"}},
}


def rows(*objects: Object) -> list[Workload]:
    return workloads(RecordedApi(NAMESPACE, *objects).as_api())


def replica_set(deployment: Object) -> Object:
    owner = {"kind": "Deployment", "uid": deployment["metadata"]["uid"], "controller": True}
    metadata = {"name": "rs", "namespace": "serving", "uid": "uid-rs", "ownerReferences": [owner]}
    return {"kind": "ReplicaSet", "metadata": metadata, "spec": {}, "status": {}}


def event(about: Object, message: str) -> Object:
    return {
        "kind": "Event",
        "involvedObject": {"uid": about["metadata"]["uid"]},
        "reason": "FailedCreate",
        "message": message,
    }


def test_a_deployments_pods_are_found_by_way_of_its_replica_set() -> None:
    deployment = controller("Deployment", "llama", 2)
    owner = replica_set(deployment)
    (row,) = rows(
        deployment,
        owner,
        node("gpu-1", pool="inference", type_="g6.xlarge"),
        pod("a", owner=owner, on="gpu-1", ready=True, gpus=1),
        pod("b", owner=owner, waits="0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", gpus=1),
    )
    assert (row.kind, row.name, row.wanted, row.ready, row.waiting) == ("Deployment", "llama", 2, 1, 1)
    assert row.pools == {"inference": 1}
    assert row.node_types == {"g6.xlarge": 1}
    assert (row.accelerators, row.accelerators_wanted) == (1, 2)
    assert row.reasons == ("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",)


def test_what_a_pod_is_for_is_its_label_else_its_namespaces_else_the_platforms() -> None:
    (own,) = rows(pod("a", labels={"llm-platform/workload": "training"}))
    (namespaces,) = rows(pod("a"))
    elsewhere = pod("a")
    elsewhere["metadata"]["namespace"] = "monitoring"
    (platforms,) = rows(elsewhere)
    assert [own.workload, namespaces.workload, platforms.workload] == ["training", "inference", "platform"]


def test_pods_that_the_api_server_refused_are_a_reason_too() -> None:
    deployment = controller("Deployment", "llama")
    owner = replica_set(deployment)
    (row,) = rows(deployment, owner, event(owner, 'Error creating: pods "x" is forbidden: exceeded quota: quota'))
    assert row.waiting == 1
    assert row.reasons == ('pods "x" is forbidden: exceeded quota: quota',)


def test_a_refusal_that_is_over_is_no_reason_any_more() -> None:
    stateful = controller("StatefulSet", "qdrant")
    (row,) = rows(stateful, event(stateful, "forbidden"), node("n"), pod("a", owner=stateful, on="n", ready=True))
    assert row.waiting == 0
    assert row.reasons == ()


def test_a_bare_pod_and_one_of_an_unknown_owner_have_rows_of_their_own() -> None:
    stranger = {"kind": "RayCluster", "metadata": {"uid": "u"}}
    assert [row.name for row in rows(pod("a"), pod("b", owner=stranger))] == ["a", "b"]


def test_a_job_that_has_ended_is_done_and_holds_nothing() -> None:
    job = controller("Job", "setup")
    done = pod("a", owner=job, on="n", gpus=1)
    done["status"] = {"phase": "Succeeded"}
    (row,) = rows(job, node("n"), done)
    assert (row.wanted, row.ready, row.waiting, row.accelerators) == (1, 1, 0, 0)


def test_a_pod_that_is_being_deleted_is_no_replica() -> None:
    stateful = controller("StatefulSet", "s")
    leaving = pod("a", owner=stateful, on="n", ready=True)
    leaving["metadata"]["deletionTimestamp"] = "now"
    (row,) = rows(stateful, node("n"), leaving)
    assert (row.ready, row.waiting) == (0, 1)


def test_how_many_pods_are_wanted() -> None:
    def of(kind: str, spec: dict[str, Any], **status: Any) -> int:
        return wanted_pods({"kind": kind, "spec": spec, "status": status})

    assert of("Deployment", {"replicas": 0}) == 0
    assert of("StatefulSet", {}) == 1
    assert of("DaemonSet", {}, desiredNumberScheduled=7) == 7
    assert of("Job", {"parallelism": 4, "completions": 2}) == 2
    assert of("Job", {"parallelism": 4}) == 4
    assert of("Job", {"suspend": True, "parallelism": 4}) == 0


def test_the_schedulers_reason_is_cut_before_its_thoughts_on_preemption() -> None:
    reason = (
        "0/5 nodes are available: 5 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/5 nodes "
        "are available: 5 No preemption victims found for incoming pod."
    )
    assert short_reason(reason) == "0/5 nodes are available: 5 Insufficient nvidia.com/gpu"


def test_a_workload_is_shown_by_kind_namespace_and_name() -> None:
    (row,) = rows(pod("a"))
    assert full_name(row) == "Pod serving/a"
