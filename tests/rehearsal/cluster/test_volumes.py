"""Which volume a claim gets. That a claim is bound to it, and its pod placed, is test_simulation.py's."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.volumes import VolumeProvisioner, volume_for
from tests.rehearsal.cluster.recorded_api import RecordedApi

ZONES = {"node-a": "us-east-1a", "node-b": "us-east-1b"}


def storage_class(
    mode: str = "WaitForFirstConsumer", provisioner: str = "ebs.csi.aws.com", **more: Any
) -> dict[str, Any]:
    metadata = {"name": "gp3", "annotations": more.pop("annotations", {})}
    return {
        "kind": "StorageClass",
        "metadata": metadata,
        "provisioner": provisioner,
        "volumeBindingMode": mode,
        **more,
    }


def claim(node: str = "", class_name: str | None = "gp3") -> dict[str, Any]:
    annotations = {"volume.kubernetes.io/selected-node": node} if node else {}
    spec: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    if class_name is not None:
        spec["storageClassName"] = class_name
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "serving", "uid": "u1", "annotations": annotations},
        "spec": spec,
        "status": {"phase": "Pending"},
    }


def zone_of(volume: dict[str, Any] | None) -> str:
    assert volume is not None
    (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    return term["matchExpressions"][0]["values"][0]


def test_a_class_that_waits_gives_a_volume_in_the_pods_zone() -> None:
    classes = {"gp3": storage_class()}
    assert volume_for(claim(), classes, ZONES) is None
    assert zone_of(volume_for(claim("node-b"), classes, ZONES)) == "us-east-1b"


def test_a_class_that_does_not_wait_takes_a_zone_that_it_allows() -> None:
    topology = [{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["us-east-1b"]}]}]
    assert zone_of(volume_for(claim(), {"gp3": storage_class("Immediate")}, ZONES)) == "us-east-1a"
    allowed = storage_class("Immediate", allowedTopologies=topology)
    assert zone_of(volume_for(claim(), {"gp3": allowed}, ZONES)) == "us-east-1b"


def test_a_shared_file_system_has_no_zone() -> None:
    volume = volume_for(claim(), {"gp3": storage_class("Immediate", "efs.csi.aws.com")}, ZONES)
    assert volume is not None
    assert "nodeAffinity" not in volume["spec"]


def test_a_volume_is_the_claims_own() -> None:
    volume = volume_for(claim("node-a"), {"gp3": storage_class(reclaimPolicy="Retain")}, ZONES)
    assert volume is not None
    assert volume["spec"]["claimRef"]["uid"] == "u1"
    assert volume["spec"]["capacity"] == {"storage": "10Gi"}
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"


@pytest.mark.parametrize("class_name", ["gone", ""])
def test_a_class_that_is_not_there_gives_nothing(class_name: str) -> None:
    assert volume_for(claim("node-a", class_name), {"gp3": storage_class()}, ZONES) is None


def test_a_class_without_a_provisioner_gives_nothing() -> None:
    local = storage_class("Immediate", "kubernetes.io/no-provisioner")
    assert volume_for(claim("node-a"), {"gp3": local}, ZONES) is None


def test_a_claim_that_names_no_class_gets_the_default_one() -> None:
    assert volume_for(claim("node-a", None), {"gp3": storage_class()}, ZONES) is None
    default = storage_class(annotations={"storageclass.kubernetes.io/is-default-class": "true"})
    assert volume_for(claim("node-a", None), {"gp3": default}, ZONES) is not None


def test_only_claims_without_a_volume_are_looked_at() -> None:
    bound = claim("node-a")
    bound["spec"]["volumeName"] = "v"
    node = {"kind": "Node", "metadata": {"name": "node-a", "labels": {"topology.kubernetes.io/zone": "us-east-1a"}}}
    api = RecordedApi(storage_class(), bound, claim("node-a"), node)
    assert VolumeProvisioner(api.as_api()).provision() == 1
    assert [volume["metadata"]["name"] for volume in api.applied] == ["pvc-u1"]
