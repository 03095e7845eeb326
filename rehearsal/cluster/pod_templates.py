"""Pod templates inside workloads: where a kind keeps its own, and what its pods ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rehearsal.cluster.apply_order import Manifest

ACCELERATOR_RESOURCES: Final = ("nvidia.com/gpu", "aws.amazon.com/neuron")

TEMPLATE_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where the kinds that Kubernetes itself makes pods of keep their template."""


def pod_template(manifest: Manifest) -> Manifest | None:
    """Return the pod template of a workload of Kubernetes' own; a pod is its own template; None for other kinds."""
    if manifest.get("kind") == "Pod":
        return manifest
    path = TEMPLATE_PATHS.get(str(manifest.get("kind")))
    if path is None:
        return None
    found: Any = manifest
    for key in path:
        found = found.get(key) or {}
    return found


def with_template(manifest: Manifest, template: Manifest) -> dict[str, Any]:
    """Return the workload with another pod template."""
    if manifest.get("kind") == "Pod":
        return dict(template)

    def replaced(value: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        key, *rest = path
        return {**value, key: replaced(value[key], tuple(rest)) if rest else dict(template)}

    return replaced(manifest, TEMPLATE_PATHS[str(manifest["kind"])])


def containers(pod_spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the containers that run as long as the pod does: sidecars among the init containers too."""
    yield from cast("list[Mapping[str, Any]]", pod_spec.get("containers") or [])
    for container in cast("list[Mapping[str, Any]]", pod_spec.get("initContainers") or []):
        if container.get("restartPolicy") == "Always":
            yield container


def accelerators(pod_spec: Mapping[str, Any]) -> int:
    """Return how many GPUs, or Neuron devices, a pod asks for."""
    total = 0
    for container in containers(pod_spec):
        resources = container.get("resources") or {}
        asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        total += sum(int(asked.get(name) or 0) for name in ACCELERATOR_RESOURCES)
    return total
