"""The models that a cluster serves, as their workloads declare them: replicas now, at least and at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from components.naming import INTERRUPTIBLE, MODEL_LABEL
from rehearsal.cluster.api import Api
from rehearsal.cluster.landing import tolerates
from rehearsal.cluster.operator_pods import STAND_IN_LABEL, stand_in_workloads
from rehearsal.cluster.pod_templates import accelerators

SCALED_OBJECT: Final = ("ScaledObject", "keda.sh/v1alpha1")
AUTOSCALER: Final = ("HorizontalPodAutoscaler", "autoscaling/v2")
SERVING_KINDS: Final = (
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("LeaderWorkerSet", "leaderworkerset.x-k8s.io/v1"),
    ("RayService", "ray.io/v1"),
)


@dataclass(frozen=True)
class Workload:
    """One resource whose pods serve a model."""

    kind: str
    api_version: str
    namespace: str
    name: str
    model: str
    replicas: int
    pods_per_replica: int
    pods_beside: int
    """Pods that are there whatever the replicas: the head of a Ray cluster."""
    gpus_per_replica: int
    interruptible: bool
    """Whether its pods tolerate machines that may vanish at two minutes' notice."""
    floor: int
    ceiling: int
    pod: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """Spec of its pods; of the greediest where it has several templates."""

    @property
    def pods(self) -> int:
        """How many pods it wants now."""
        return self.replicas * self.pods_per_replica + self.pods_beside

    @property
    def label(self) -> str:
        """How it is shown."""
        return f"{self.kind} {self.namespace}/{self.name}"


def model_workloads(api: Api, ceilings: Mapping[str, int] | None = None) -> dict[str, list[Workload]]:
    """Return the workloads of each model; `ceilings` counts for what neither KEDA nor an HPA scales."""
    ranges = dict(_ranges(api))
    found: dict[str, list[Workload]] = {}
    for kind, api_version in SERVING_KINDS:
        if not api.serves(kind, api_version):
            continue
        for manifest in api.list(kind, api_version):
            workload = _workload(kind, api_version, manifest, ranges, ceilings or {})
            if workload is not None:
                found.setdefault(workload.model, []).append(workload)
    return {model: found[model] for model in sorted(found)}


def set_replicas(api: Api, workload: Workload, replicas: int) -> None:
    """Ask for a number of replicas, as KEDA or an HPA would."""
    where = (workload.kind, workload.api_version, workload.name, workload.namespace)
    if workload.kind == "RayService":
        # Ray scales the workers of its one cluster; a merge patch replaces a list as a whole.
        groups = _shared_out(_ray_groups(api.get(*where) or {}), replicas)
        api.patch(*where, {"spec": {"rayClusterConfig": {"workerGroupSpecs": groups}}})
    else:
        api.patch(*where, {"spec": {"replicas": replicas}})
    # Where the operator does not run, its Deployments stand in: they follow as the operator would.
    for stand_in in stand_in_workloads(api.get(*where) or {"kind": ""}):
        name, namespace = stand_in["metadata"]["name"], workload.namespace
        if api.get("Deployment", "apps/v1", name, namespace) is not None:
            api.scale("Deployment", "apps/v1", name, namespace, stand_in["spec"]["replicas"])


def _shared_out(groups: Sequence[Mapping[str, Any]], replicas: int) -> list[dict[str, Any]]:
    """Return the worker groups with so many replicas between them, each up to its own most."""
    shared: list[dict[str, Any]] = []
    for group in groups:
        own = min(replicas, int(group.get("maxReplicas") or replicas))
        shared.append({**group, "replicas": own})
        replicas -= own
    return shared


def _ranges(api: Api) -> Iterator[tuple[tuple[str, str, str], tuple[int, int]]]:
    """Return floor and ceiling by namespace, kind and name of what an autoscaler scales."""
    for (kind, api_version), least, most in (
        (AUTOSCALER, "minReplicas", "maxReplicas"),
        (SCALED_OBJECT, "minReplicaCount", "maxReplicaCount"),
    ):
        for scaler in api.list(kind, api_version) if api.serves(kind, api_version) else []:
            spec = scaler["spec"]
            target = spec["scaleTargetRef"]
            # Defaults are KEDA's (0 and 100, https://keda.sh/docs/latest/reference/scaledobject-spec/) and the HPA's.
            floor = int(spec.get(least, 1 if kind == AUTOSCALER[0] else 0))
            where = (scaler["metadata"]["namespace"], str(target.get("kind") or "Deployment"), str(target["name"]))
            yield where, (floor, int(spec.get(most, 100)))


def _workload(
    kind: str,
    api_version: str,
    manifest: Mapping[str, Any],
    ranges: Mapping[tuple[str, str, str], tuple[int, int]],
    ceilings: Mapping[str, int],
) -> Workload | None:
    templates = list(_templates(kind, manifest["spec"]))
    labels = [(template.get("metadata") or {}).get("labels") or {} for template, _, _ in templates]
    model = next((each[MODEL_LABEL] for each in labels if each.get(MODEL_LABEL)), None)
    if model is None:
        return None
    metadata = manifest["metadata"]
    if STAND_IN_LABEL in (metadata.get("labels") or {}):
        return None  # the resource that it stands in for is counted
    replicas = _replicas(kind, manifest)
    scaled = ranges.get((metadata["namespace"], kind, metadata["name"]))
    floor, ceiling = scaled or (replicas, max(replicas, ceilings.get(model, replicas)))
    taint = {"key": INTERRUPTIBLE, "value": "true", "effect": "NoSchedule"}
    return Workload(
        kind=kind,
        api_version=api_version,
        namespace=metadata["namespace"],
        name=metadata["name"],
        model=model,
        replicas=replicas,
        pods_per_replica=sum(each for _, each, _ in templates),
        pods_beside=sum(beside for _, _, beside in templates),
        gpus_per_replica=sum(accelerators(template.get("spec") or {}) * each for template, each, _ in templates),
        interruptible=any(
            tolerates((template.get("spec") or {}).get("tolerations") or (), [taint]) for template, _, _ in templates
        ),
        floor=floor,
        ceiling=ceiling,
        pod=max((template.get("spec") or {} for template, _, _ in templates), key=accelerators),
    )


def _templates(kind: str, spec: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int, int]]:
    """Return each pod template with its pods per replica and its pods beside all replicas."""
    if kind == "LeaderWorkerSet":
        group = spec["leaderWorkerTemplate"]
        yield group.get("leaderTemplate") or group["workerTemplate"], 1, 0
        yield group["workerTemplate"], int(group.get("size", 1)) - 1, 0
    elif kind == "RayService":
        yield spec["rayClusterConfig"]["headGroupSpec"]["template"], 0, 1
        for group in _ray_groups({"spec": spec})[:1]:
            yield group["template"], int(group.get("numOfHosts") or 1), 0
    else:
        yield spec["template"], 1, 0


def _replicas(kind: str, manifest: Mapping[str, Any]) -> int:
    if kind == "RayService":
        return sum(int(group.get("replicas") or 0) for group in _ray_groups(manifest))
    replicas = manifest["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def _ray_groups(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    cluster = (manifest.get("spec") or {}).get("rayClusterConfig") or {}
    return cast("list[dict[str, Any]]", cluster.get("workerGroupSpecs") or [])
