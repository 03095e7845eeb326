"""What is lost when machines vanish: data on their disks, and pods that nobody makes again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.cluster.api import Api
from rehearsal.cluster.nodes import HOSTNAME_LABEL
from rehearsal.drills.watching import Object


@dataclass(frozen=True)
class Loss:
    """One thing that is lost for good."""

    what: str
    """The pod or the claim: `Pod serving/notebook`."""
    why: str


def losses(api: Api, victims: Sequence[Object], pods: Sequence[Object]) -> list[Loss]:
    """Return what is lost with the victims and the pods that are on them."""
    return [*_orphans(pods), *_data(api, victims, pods)]


def _orphans(pods: Sequence[Object]) -> Iterator[Loss]:
    for pod in pods:
        metadata = pod["metadata"]
        controlled = any(owner.get("controller") for owner in metadata.get("ownerReferences") or [])
        if not controlled:
            yield Loss(f"Pod {metadata['namespace']}/{metadata['name']}", "no controller makes it again")


def _data(api: Api, victims: Sequence[Object], pods: Sequence[Object]) -> Iterator[Loss]:
    hosts = {(node["metadata"].get("labels") or {}).get(HOSTNAME_LABEL, node["metadata"]["name"]) for node in victims}
    claimed = {(pod["metadata"]["namespace"], name) for pod in pods for name in claim_names(pod["spec"])}
    if not claimed:
        return
    volumes = {str(volume["metadata"]["name"]): volume for volume in api.list("PersistentVolume", "v1")}
    for namespace, name in sorted(claimed):
        claim = api.get("PersistentVolumeClaim", "v1", name, namespace)
        volume = volumes.get(str(((claim or {}).get("spec") or {}).get("volumeName")))
        if volume is not None and _is_on(volume, hosts):
            yield Loss(
                f"PersistentVolumeClaim {namespace}/{name}", "its volume is on the disk of a machine that is gone"
            )


def claim_names(pod: Mapping[str, Any]) -> Iterator[str]:
    """Return the claims that a pod's spec mounts."""
    for volume in pod.get("volumes") or []:
        if claim := volume.get("persistentVolumeClaim"):
            yield str(claim["claimName"])


def _is_on(volume: Mapping[str, Any], hosts: set[str]) -> bool:
    """Whether a volume can be reached from these hosts only: local ones are, EBS and FSx are in a zone or a network."""
    required = ((volume["spec"].get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or []
    named = {
        value
        for term in required
        for each in term.get("matchExpressions") or []
        if each["key"] == HOSTNAME_LABEL and each["operator"] == "In"
        for value in each["values"]
    }
    return bool(named) and named <= hosts
