"""An API of recorded objects: what `list` would return of a cluster, without a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from rehearsal.cluster.api import Api, ApiError

Object = dict[str, Any]


class RecordedApi:
    """Lists given objects by kind; notes what is applied, and serves any kind but those it is told not to."""

    def __init__(self, *objects: Mapping[str, Any], unserved: Iterable[str] = ()) -> None:
        self.objects = [dict(each) for each in objects]
        self.applied: list[Mapping[str, Any]] = []
        self.unserved = set(unserved)

    def as_api(self) -> Api:
        """Return it as what the modules take."""
        return cast("Api", cast("object", self))

    def list(
        self,
        kind: str,
        api_version: str,  # noqa: ARG002 - as Api has it
        namespace: str | None = None,  # noqa: ARG002 - as above
        selector: str | None = None,  # noqa: ARG002 - as above
    ) -> list[Object]:
        return [each for each in self.objects if each["kind"] == kind]

    def serves(self, kind: str, api_version: str) -> bool:  # noqa: ARG002 - as Api has it
        return kind not in self.unserved

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        self.applied.append(manifest)
        return dict(manifest)

    def apply_all(
        self,
        manifests: Iterable[Mapping[str, Any]],
        progress: Callable[[int], None] = lambda _: None,  # noqa: ARG002 - as Api has it
    ) -> list[ApiError]:
        for manifest in manifests:
            self.applied.append(manifest)
            if manifest["kind"] == "CustomResourceDefinition":
                self.unserved.discard(manifest["spec"]["names"]["kind"])
        return []


def node(
    name: str,
    *,
    pool: str = "system",
    type_: str = "m7i.large",
    ready: bool = True,
    labels: Mapping[str, str] | None = None,
) -> Object:
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    allocatable = {"cpu": "2", "memory": "8Gi", "pods": "110"}
    if type_.startswith("g"):
        allocatable["nvidia.com/gpu"] = "1"
    own = {"llm-platform/pool": pool, "node.kubernetes.io/instance-type": type_, **(labels or {})}
    return {"kind": "Node", "metadata": {"name": name, "labels": own}, "status": {**status, "allocatable": allocatable}}


def pod(
    name: str,
    *,
    owner: Mapping[str, Any] | None = None,
    on: str = "",
    ready: bool = False,
    waits: str = "",
    gpus: int = 0,
    labels: Mapping[str, str] | None = None,
) -> Object:
    conditions = [{"type": "Ready", "status": "True"}] if ready else []
    if waits:
        conditions.append({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": waits})
    references = [{"kind": owner["kind"], "uid": owner["metadata"]["uid"], "controller": True}] if owner else []
    resources = {"limits": {"nvidia.com/gpu": str(gpus)}} if gpus else {"requests": {"cpu": "1"}}
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "serving",
            "uid": f"uid-{name}",
            "labels": dict(labels or {}),
            "ownerReferences": references,
        },
        "spec": {"containers": [{"name": "c", "resources": resources}], **({"nodeName": on} if on else {})},
        "status": {"phase": "Running" if ready else "Pending", "conditions": conditions},
    }


def controller(kind: str, name: str, replicas: int = 1, **status: Any) -> Object:
    metadata = {"name": name, "namespace": "serving", "uid": f"uid-{kind}-{name}", "generation": 1}
    template = {"metadata": {"labels": {}}, "spec": {"containers": [{"name": "c"}]}}
    seen = {"observedGeneration": 1, "replicas": replicas, **status}
    return {"kind": kind, "metadata": metadata, "spec": {"replicas": replicas, "template": template}, "status": seen}
