"""What is lost with a machine, on objects made by hand: volumes on its disk, pods without a controller."""

from __future__ import annotations

from typing import Any, cast

from rehearsal.cluster.api import Api
from rehearsal.drills.losses import losses
from tests.rehearsal.drills.manifests import node

VICTIM = node("spot-1", "g6.xlarge", pool="spot")


class Volumes:
    """An API server with one claim and its volume."""

    def __init__(self, key: str, value: str) -> None:
        expression = {"key": key, "operator": "In", "values": [value]}
        self.volume = {
            "metadata": {"name": "pv"},
            "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}},
        }

    def list(self, *_: object) -> list[Any]:
        return [self.volume]

    def get(self, *_: object) -> dict[str, Any]:
        return {"spec": {"volumeName": "pv"}}


def pod(*, controlled: bool = True, claim: str | None = None) -> dict[str, Any]:
    owners = [{"kind": "ReplicaSet", "controller": True}] if controlled else [{"kind": "Thing"}]
    volumes = [{"persistentVolumeClaim": {"claimName": claim}}] if claim else [{"emptyDir": {}}]
    metadata = {"name": "p", "namespace": "serving", "ownerReferences": owners}
    return {"metadata": metadata, "spec": {"volumes": volumes}}


def lost(api: Volumes, *pods: dict[str, Any]) -> list[str]:
    return [loss.what for loss in losses(cast("Api", api), [VICTIM], pods)]


def test_a_volume_on_the_machines_disk_is_lost() -> None:
    assert lost(Volumes("kubernetes.io/hostname", "spot-1"), pod(claim="data")) == [
        "PersistentVolumeClaim serving/data"
    ]


def test_a_volume_on_another_machine_or_in_a_zone_is_not() -> None:
    assert lost(Volumes("kubernetes.io/hostname", "spot-2"), pod(claim="data")) == []
    assert lost(Volumes("topology.kubernetes.io/zone", "us-east-1a"), pod(claim="data")) == []


def test_a_pod_that_no_controller_owns_is_lost() -> None:
    assert lost(Volumes("k", "v"), pod(), pod(controlled=False)) == ["Pod serving/p"]
