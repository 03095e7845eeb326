"""The order in which manifests need each other when they are applied, as helm installs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Manifest = Mapping[str, Any]
"""One Kubernetes object, with apiVersion, kind and metadata."""

FIRST: Final = (
    ("CustomResourceDefinition",),
    ("Namespace",),
    ("PriorityClass", "StorageClass", "RuntimeClass", "Node"),
    ("ResourceQuota", "LimitRange", "NetworkPolicy", "PodDisruptionBudget"),
    ("ServiceAccount", "Secret", "ConfigMap"),
    ("PersistentVolume", "PersistentVolumeClaim"),
    ("ClusterRole", "Role"),
    ("ClusterRoleBinding", "RoleBinding"),
    ("Service",),
)
"""Kinds that others refer to, group by group; what is not named comes after, and workloads are among that."""

_RANK: Final = {kind: rank for rank, kinds in enumerate(FIRST) for kind in kinds}


def in_order(manifests: Iterable[Manifest]) -> list[list[Manifest]]:
    """Return manifests in groups, each of which may be applied all at once when those before it have been."""
    groups: dict[int, list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault(_RANK.get(str(manifest.get("kind")), len(FIRST)), []).append(manifest)
    return [groups[rank] for rank in sorted(groups)]


def label_of(manifest: Manifest | None) -> str:
    """Return how a manifest is shown: `Deployment serving/llama`."""
    if manifest is None:
        return ""
    metadata = manifest.get("metadata") or {}
    name = str(metadata.get("name") or metadata.get("generateName") or "")
    namespace = str(metadata.get("namespace") or "")
    return f"{manifest.get('kind')} {namespace}/{name}" if namespace else f"{manifest.get('kind')} {name}"
