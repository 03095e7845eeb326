"""Stands in for the volume provisioners: gives each claim the volume that its storage class would have made.

What decides where pods may run is kept: a class that waits for its first consumer gets a volume in that pod's zone, and
a volume stays in its zone. https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.nodes import ZONE_LABEL

SELECTED_NODE: Final = "volume.kubernetes.io/selected-node"
PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"
ZONAL_PROVISIONERS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})
NO_PROVISIONER: Final = "kubernetes.io/no-provisioner"
EVERY_SECONDS: Final = 0.5

Object = Mapping[str, Any]


class VolumeProvisioner:
    """Looks for claims without a volume, again and again in a thread of its own, while it is entered as a context."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="volumes", daemon=True)
        self.problems: list[str] = []
        """What the API server refused."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; the volumes stay."""
        self._ended.set()
        self._thread.join()

    def provision(self) -> int:
        """Give every claim that can have one its volume; return how many were made."""
        claims = [
            claim
            for claim in self._api.list("PersistentVolumeClaim", "v1")
            if not claim["spec"].get("volumeName") and (claim.get("status") or {}).get("phase") == "Pending"
        ]
        if not claims:
            return 0
        classes = {c["metadata"]["name"]: c for c in self._api.list("StorageClass", "storage.k8s.io/v1")}
        zones = {
            node["metadata"]["name"]: (node["metadata"].get("labels") or {}).get(ZONE_LABEL, "")
            for node in self._api.list("Node", "v1")
        }
        volumes = [volume for claim in claims if (volume := volume_for(claim, classes, zones)) is not None]
        for volume in volumes:
            self._api.apply(volume)
        return len(volumes)

    def _run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            try:
                self.provision()
            except ApiError as error:
                if error.status and str(error) not in self.problems:
                    self.problems.append(str(error))
                # With the API server gone, whoever waits for pods notices; it may also only be on its way down.


def volume_for(claim: Object, classes: Mapping[str, Object], zones: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the volume that a claim's storage class makes now, or None where it makes none or waits.

    `zones` has the zone of each node.
    """
    class_name = claim["spec"].get("storageClassName")
    storage_class = classes.get(_default(classes.values()) if class_name is None else class_name)
    if storage_class is None or storage_class["provisioner"] == NO_PROVISIONER:
        return None
    node = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
    if storage_class.get("volumeBindingMode") == "WaitForFirstConsumer" and not node:
        return None
    metadata = claim["metadata"]
    volume: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"pvc-{metadata['uid']}",
            "annotations": {PROVISIONED_BY: storage_class["provisioner"]},
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
            "storageClassName": storage_class["metadata"]["name"],
            "csi": {"driver": storage_class["provisioner"], "volumeHandle": f"vol-{metadata['uid']}"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
        },
    }
    zone = zones.get(node or "") or _allowed_zone(storage_class) or next(iter(sorted(filter(None, zones.values()))), "")
    if zone and storage_class["provisioner"] in ZONAL_PROVISIONERS:
        term = {"matchExpressions": [{"key": ZONE_LABEL, "operator": "In", "values": [zone]}]}
        volume["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    return volume


def _allowed_zone(storage_class: Object) -> str:
    for topology in storage_class.get("allowedTopologies") or ():
        for expression in topology.get("matchLabelExpressions") or ():
            if expression["key"] in (ZONE_LABEL, "topology.ebs.csi.aws.com/zone"):
                return str(expression["values"][0])
    return ""


def _default(classes: Iterable[Object]) -> str:
    """Return the name of the default class; the API server fills it into claims itself where there is one already."""
    for storage_class in classes:
        if (storage_class["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
            return str(storage_class["metadata"]["name"])
    return ""
