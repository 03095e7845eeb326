"""Each engine of the vector database, made, read back and taken down in an environment of its own.

Does not prove that an engine answers a query: its own programs run nowhere here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rehearsal.plan import Outcome
from tests.rehearsal.changed_dev import changed_dev, up

NEEDED = frozenset({"prometheus-operator-crds", "cert-manager", "external-secrets", "kube-prometheus-stack"})
"""Releases that the engines' own rest on."""

PGVECTOR = {"instance_class": "db.r8gd.xlarge", "readers": 1, "proxy": True, "deletion_protection": False}
IN_CLUSTER = {"replicas": 1, "memory_gib": 4, "disk_gib": 50}
MILVUS = {"replicas": 1, "memory_gib": 4}
PINECONE = {"index_name": "documents", "region": "us-east-1", "deletion_protection": False}


@pytest.mark.parametrize(
    ("engine", "section", "expected"),
    [
        ("pgvector", {"pgvector": PGVECTOR}, {"rds/cluster": 1, "rds/clusterInstance": 2, "rds/proxyTarget": 1}),
        ("qdrant", {"in_cluster": IN_CLUSTER}, {"helm.sh/v3": 1, "secretsmanager/secretVersion": 1}),
        ("weaviate", {"in_cluster": IN_CLUSTER}, {"helm.sh/v3": 1, "secretsmanager/secretVersion": 1}),
        ("milvus", {"in_cluster": MILVUS}, {"helm.sh/v3": 1, "secretsmanager/secretVersion": 1}),
        ("pinecone", {"pinecone": PINECONE}, {"secretsmanager/secret": 1}),
    ],
    ids=["pgvector", "qdrant", "weaviate", "milvus", "pinecone"],
)
def test_an_engine_is_made_and_taken_down(
    tmp_path: Path, engine: str, section: dict[str, Any], expected: dict[str, int]
) -> None:
    def change(sections: dict[str, Any]) -> None:
        """Change the engine, and leave out what has nothing to do with it."""
        sections["vector_database"] = {
            "engine": engine,
            "collection": {"vectors": 500_000, "dimension": 384},
            **section,
        }
        releases: list[str] = sections["charts"]["releases"]
        releases[:] = [release for release in releases if release in NEEDED]
        if "in_cluster" in section:
            releases.append(engine)
        for name in ("models", "embeddings", "quality", "node_pools"):
            sections.pop(name, None)
        sections["observability"].pop("thresholds")
        sections["node_groups"] = {"system": sections["node_groups"]["system"]}
        sections["storage"].pop("scratch", None)

    rehearsal = up(changed_dev(tmp_path, change))
    assert rehearsal.faults == []
    assert rehearsal.leftovers == []
    assert rehearsal.outputs["vector-database/engine"] == engine
    assert rehearsal.outputs["vector-database/endpoint"]
    assert rehearsal.outputs["vector-database/secret-arn"].startswith("arn:aws:secretsmanager:")
    made = Counter(
        resource.registration.type.partition(":")[2].partition(":")[0]
        for resource in rehearsal.resources
        if resource.outcome is Outcome.CREATED or resource.registration.name == f"{engine}-release"
    )
    kinds = ("rds/cluster", "rds/clusterInstance", "rds/proxyTarget", "helm.sh/v3", *expected)
    assert {kind: made[kind] for kind in kinds} == {**dict.fromkeys(kinds, 0), **expected}
