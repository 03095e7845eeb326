"""Values of the vector database's release: what the stack file says it is to run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.sections.vector_database import IN_CLUSTER, InClusterSettings
from stacks.settings import Settings

Values = Mapping[str, Any]


def store_values(settings: Settings) -> Mapping[str, Values]:
    """Return the values by release: one, or none where no release holds the vectors."""
    wanted = settings.vector_database
    if wanted is None or wanted.in_cluster is None or wanted.engine not in IN_CLUSTER:
        return {}
    part = wanted.in_cluster
    if wanted.engine == "qdrant":
        return {"qdrant": _qdrant(part)}
    if wanted.engine == "weaviate":
        return {"weaviate": _weaviate(part)}
    return {"milvus": _milvus(part, standalone=settings.ownership.environment == "dev")}


def _qdrant(part: InClusterSettings) -> Values:
    size = f"{part.disk_gib}Gi"
    return {
        "replicaCount": part.replicas,
        "config": {"storage": {"collection": {"replication_factor": part.replication_factor}}},
        "resources": _resources(part),
        "persistence": {"size": size},
        "snapshotPersistence": {"size": size},  # a snapshot, or a shard on its way, is as large as the data
    }


def _weaviate(part: InClusterSettings) -> Values:
    return {
        "replicas": part.replicas,
        "resources": _resources(part),
        "storage": {"size": f"{part.disk_gib}Gi"},
        "env": {
            # Seven eighths of the limit, so that it collects garbage before it is killed.
            "GOMEMLIMIT": f"{part.memory_gib * 896}MiB",
            "REPLICATION_MINIMUM_FACTOR": str(part.replication_factor),
        },
    }


def _milvus(part: InClusterSettings, *, standalone: bool) -> Values:
    """Return the size of the query nodes, which hold what is loaded; in dev one process does everything."""
    if standalone:
        return {"standalone": {"resources": _resources(part)}}
    return {"queryNode": {"replicas": part.replicas, "resources": _resources(part)}}


def _resources(part: InClusterSettings) -> Values:
    """Return what a pod asks for: its memory is the index, so that less than the limit would be an eviction."""
    memory = f"{part.memory_gib}Gi"
    return {"requests": {"cpu": str(part.cpus), "memory": memory}, "limits": {"memory": memory}}
