"""A cluster of --kubeconfig: which one is taken, and that it is left as it was. Ours plays somebody else's here."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import pytest

from rehearsal.aws.account import Account
from rehearsal.cluster.api import Api
from rehearsal.cluster.applying import Applied
from rehearsal.cluster.borrowed_cluster import borrowed
from rehearsal.cluster.control_plane import ControlPlane, ControlPlaneError
from rehearsal.cluster.nodes import REHEARSED_LABEL
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.simulation import simulate
from tests.rehearsal.cluster import small_environment as small


@pytest.fixture
def api(control_plane: ControlPlane) -> Generator[Api]:
    with Api(control_plane.kubeconfig) as api:
        yield api


def names(api: Api, kind: str, api_version: str = "v1") -> set[str]:
    return {each["metadata"]["name"] for each in api.list(kind, api_version)}


def test_it_is_used_and_left_as_it_was(control_plane: ControlPlane, api: Api) -> None:
    before = names(api, "Node")
    resources = [small.namespace(), small.storage_class(), small.workload("llama", small.gpu_pod())]
    options = ClusterOptions(None, None, None, kubeconfig=control_plane.kubeconfig)
    with Account("111122223333", "us-east-1") as account:
        small.make_node_groups(account)
        with simulate(resources, account, options) as simulation:
            simulation.settle()
            report = simulation.placement()
    assert report.existing
    assert [(w.name, w.ready) for w in report.workloads if w.namespace == "serving"] == [("llama", 1)]
    assert names(api, "Node") == before
    assert "gp3" not in names(api, "StorageClass", "storage.k8s.io/v1")
    assert "llama" not in names(api, "Deployment", "apps/v1")
    assert control_plane.alive()


def test_what_was_there_before_stays_though_it_was_applied_too(api: Api) -> None:
    def of(kind: str, name: str, **more: Any) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}

    api.apply(of("ConfigMap", "theirs"))
    time.sleep(1.1)  # times of creation are whole seconds
    applied = Applied()
    try:
        with borrowed(api, applied):
            for kind, name in (("ConfigMap", "ours"), ("ConfigMap", "theirs"), ("Namespace", "kube-system")):
                api.apply(of(kind, name, **({"data": {"a": "b"}} if kind == "ConfigMap" else {})))
                applied.objects.append((kind, "v1", "", name))
        assert {"theirs"} == {"ours", "theirs"} & names(api, "ConfigMap")
        assert "kube-system" in names(api, "Namespace")
    finally:
        api.delete("ConfigMap", "v1", "theirs", "default")


def test_nodes_of_a_rehearsal_that_was_killed_are_removed(api: Api) -> None:
    metadata = {"name": "left-over", "labels": {REHEARSED_LABEL: "true"}, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    api.apply({"apiVersion": "v1", "kind": "Node", "metadata": metadata})
    with borrowed(api, Applied()):
        assert "left-over" not in names(api, "Node")


def test_a_cluster_with_a_real_node_is_refused(api: Api) -> None:
    api.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "real"}})
    try:
        with pytest.raises(ControlPlaneError, match="node real is not simulated; allowed"), borrowed(api, Applied()):
            pass
    finally:
        api.delete("Node", "v1", "real")


def test_a_cluster_that_is_not_on_this_machine_is_refused(control_plane: ControlPlane) -> None:
    with Api(control_plane.kubeconfig) as api:
        api.server = "https://A1B2.gr7.us-east-1.eks.amazonaws.com"
        with pytest.raises(ControlPlaneError, match=r"allowed: a cluster on this machine"), borrowed(api, Applied()):
            pass
