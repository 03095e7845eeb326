"""Points, heads, collections and filters as Qdrant has them."""

from __future__ import annotations

import uuid
from typing import Any, Final

import numpy as np
from qdrant_client import models

from workloads.embedding.records import CollectionSpec, Head, Hit, Metric, Point
from workloads.embedding.stores.described import described
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.qdrant_keywords import keywords_of_text
from workloads.embedding.stores.terms import clauses, nothing_meets, point_terms

DENSE: Final = "embedding"
SPARSE: Final = "keywords"
TERMS: Final = "terms"
DESCRIPTION: Final = "description"
DISTANCE: Final[dict[Metric, models.Distance]] = {
    "cosine": models.Distance.COSINE,
    "dot": models.Distance.DOT,
    "euclidean": models.Distance.EUCLID,
}
HEAD_IDS: Final = uuid.UUID("0c6b5f86-3c0a-5d3f-8f6a-0f1d6f4f7b1e")
"""Any fixed UUID would do."""
Payload = dict[str, Any]


def vectors_of(spec: CollectionSpec) -> dict[str, models.VectorParams]:
    """Return how a collection's vectors are indexed; without a graph every search looks at every point."""
    graph = models.HnswConfigDiff(
        m=0 if spec.index == "flat" else spec.hnsw_m, ef_construct=max(4, spec.hnsw_ef_construction)
    )
    return {DENSE: models.VectorParams(size=spec.dimension, distance=DISTANCE[spec.metric], hnsw_config=graph)}


def sparse_vectors() -> dict[str, models.SparseVectorParams]:
    """Return how keywords are indexed."""
    return {SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)}


def description_of(spec: CollectionSpec) -> Payload:
    """Return what is kept with a collection."""
    return {DESCRIPTION: described(spec)}


def struct(point: Point) -> models.PointStruct:
    """Return a point as it is written."""
    return models.PointStruct(
        id=point.id,
        vector={DENSE: point.vector.tolist(), SPARSE: keywords_of_text(f"{point.heading} {point.text}")},
        payload={
            "document": point.document,
            "version": point.version,
            "ordinal": point.ordinal,
            "text": point.text,
            "heading": point.heading,
            "metadata": dict(point.metadata),
            TERMS: point_terms(point),
        },
    )


def most_bytes(point: Point) -> int:
    """Return about how large a point is on its way, at most: JSON writes 24 digits of a float, and 35 of a keyword."""
    words = len(point.text) + len(point.heading)
    metadata = sum(len(key) + len(str(value)) + 40 for key, value in point.metadata.items())
    return 500 + 24 * point.vector.size + 4 * words + 35 * words // 4 + 4 * metadata


def point_of(record: models.Record) -> Point:
    """Return a point as it was read; vectors of a cosine collection have been brought to length 1 by Qdrant."""
    payload, vectors = record.payload or {}, record.vector
    vector = vectors.get(DENSE) if isinstance(vectors, dict) else None
    return Point(str(record.id), np.asarray(vector, dtype=np.float32), **_fields(payload))


def hit_of(found: models.ScoredPoint, metric: Metric | None) -> Hit:
    """Return what a search found; without a metric the score is that of a fusion."""
    score = -found.score if metric == "euclidean" else found.score
    return Hit(str(found.id), score, **_fields(found.payload or {}))


def _fields(payload: Payload) -> Payload:
    return {key: payload[key] for key in ("document", "version", "ordinal", "text", "heading", "metadata")}


def head_id(document: str) -> str:
    """Return the id of a document's head: it has one."""
    return str(uuid.uuid5(HEAD_IDS, document))


def head_struct(head: Head) -> models.PointStruct:
    """Return a head as it is written."""
    payload = {"document": head.document, "version": head.version, "chunks": head.chunks, "source_tag": head.source_tag}
    return models.PointStruct(id=head_id(head.document), vector={}, payload=payload)


def head_of(record: models.Record) -> Head:
    """Return a head as it was read."""
    return Head(**(record.payload or {}))


def filter_of(where: Where | None) -> models.Filter | None:
    """Return a filter; None for none. What nothing can meet has been dealt with by `is_void`."""
    if not where:
        return None
    return models.Filter(
        must=[models.FieldCondition(key=TERMS, match=models.MatchAny(any=list(clause))) for clause in clauses(where)]
    )


def is_void(where: Where | None) -> bool:
    """Whether no point can match."""
    return nothing_meets(clauses(where))
