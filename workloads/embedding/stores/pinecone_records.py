"""How points, heads, collections and aliases lie in Pinecone: records with metadata."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from workloads.embedding.records import CollectionSpec, Head, Hit, Point
from workloads.embedding.stores.pinecone_connection import Record
from workloads.embedding.stores.pinecone_vectors import IndexShape, length
from workloads.embedding.stores.terms import Clauses, point_terms

FIELDS: Final = ("document", "version", "text", "heading")
HEAD: Final = ("document", "version", "source_tag")


def point_record(point: Point, spec: CollectionSpec, shape: IndexShape) -> Record:
    """Return a point as Pinecone takes it."""
    metadata: dict[str, Any] = {
        **{name: getattr(point, name) for name in FIELDS},
        "ordinal": point.ordinal,
        # As text, because Pinecone forgets which numbers were whole.
        "metadata": json.dumps(dict(point.metadata), ensure_ascii=False),
        "terms": point_terms(point),
        "length": length(point.vector),
    }
    return {"id": point.id, "values": shape.stored(spec, point.vector).tolist(), "metadata": metadata}


def record_point(record: Record, spec: CollectionSpec, shape: IndexShape) -> Point:
    """Return the point of a record."""
    vector = shape.original(spec, record["values"], record["metadata"]["length"])
    return Point(id=record["id"], vector=vector, **_fields(record["metadata"]))


def record_hit(record: Record, score: float) -> Hit:
    """Return the hit of a record."""
    return Hit(id=record["id"], score=score, **_fields(record["metadata"]))


def _fields(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: metadata[name] for name in FIELDS},
        "ordinal": int(metadata["ordinal"]),
        "metadata": json.loads(metadata["metadata"]),
    }


def head_record(head: Head, placeholder: Sequence[float]) -> Record:
    """Return a head as Pinecone takes it."""
    metadata = {**{name: getattr(head, name) for name in HEAD}, "chunks": head.chunks}
    return {"id": head_id(head.document), "values": placeholder, "metadata": metadata}


def record_head(record: Record) -> Head:
    """Return the head of a record."""
    metadata = record["metadata"]
    return Head(**{name: metadata[name] for name in HEAD}, chunks=int(metadata["chunks"]))


def head_id(document: str) -> str:
    """Return the id of a document's head: Pinecone's ids are ASCII and short."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, document))


def matching(asked: Clauses) -> dict[str, Any]:
    """Return clauses as a filter of Pinecone; empty where there are none."""
    each = [{"terms": {"$in": list(clause)}} for clause in asked]
    return each[0] if len(each) == 1 else {"$and": each} if each else {}
