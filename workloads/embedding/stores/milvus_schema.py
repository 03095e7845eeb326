"""How points and heads lie in Milvus: fields, indexes, rows."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from pymilvus import CollectionSchema, DataType, FieldSchema, Function, FunctionType

from workloads.embedding.records import CollectionSpec, Head, Hit, Metric, Point
from workloads.embedding.stores.terms import TERM_LENGTH, Clauses, point_terms

Index = dict[str, Any]
"""Arguments of `IndexParams.add_index`."""
LONGEST_TEXT: Final = 65_535
"""Bytes of a VARCHAR, the most that Milvus takes (docs: limitations)."""
LONGEST_JSON: Final = 65_536
"""Bytes of a JSON field, as above."""
MOST_TERMS: Final = 4096
"""Elements of an ARRAY, the most that Milvus takes."""
METRICS: Final[Mapping[Metric, str]] = {"cosine": "COSINE", "dot": "IP", "euclidean": "L2"}
POINT: Final = ["id", "document", "version", "ordinal", "text", "heading", "metadata"]
HEAD: Final = ["document", "version", "chunks", "source_tag"]
STOP_WORDS: Final = re.findall(
    r"\w+",
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with",
)
"""Lucene's, for English. In the ranks that hybrid search adds up, a match of these counts as much as one of a name."""
ANALYZER: Final = {"tokenizer": "standard", "filter": ["lowercase", {"type": "stop", "stop_words": STOP_WORDS}]}
PLACEHOLDER: Final = [1.0, 0.0]
"""A collection needs a vector, and heads have none."""


def points_schema(spec: CollectionSpec) -> CollectionSchema:
    """Return the schema of a collection's points."""
    return CollectionSchema(
        [
            FieldSchema("id", DataType.VARCHAR, is_primary=True, max_length=64),
            FieldSchema("vector", DataType.FLOAT_VECTOR, dim=spec.dimension),
            *(FieldSchema(name, DataType.VARCHAR, max_length=LONGEST_TEXT) for name in ("document", "heading")),
            FieldSchema("version", DataType.VARCHAR, max_length=64),
            FieldSchema("ordinal", DataType.INT64),
            FieldSchema(
                "text",
                DataType.VARCHAR,
                max_length=LONGEST_TEXT,
                enable_analyzer=True,
                analyzer_params=ANALYZER,
            ),
            FieldSchema("metadata", DataType.JSON),
            FieldSchema(
                "terms",
                DataType.ARRAY,
                element_type=DataType.VARCHAR,
                max_capacity=MOST_TERMS,
                max_length=TERM_LENGTH,
            ),
            FieldSchema("keywords", DataType.SPARSE_FLOAT_VECTOR),
        ],
        functions=[
            Function(
                name="keywords_of_text",
                function_type=FunctionType.BM25,
                input_field_names=["text"],
                output_field_names=["keywords"],
            )
        ],
    )


def points_indexes(spec: CollectionSpec, *, filters: bool) -> list[Index]:
    """Return the indexes of a collection's points; Lite has none for `filters`."""
    graph = {"M": spec.hnsw_m, "efConstruction": spec.hnsw_ef_construction}
    kind = {"index_type": "HNSW", "params": graph} if spec.index == "hnsw" else {"index_type": "FLAT"}
    return [
        {"field_name": "vector", "metric_type": METRICS[spec.metric], **kind},
        {"field_name": "keywords", "index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25"},
        *([{"field_name": "terms", "index_type": "INVERTED"}] if filters else []),
    ]


def heads_schema() -> CollectionSchema:
    """Return the schema of a collection's heads."""
    return CollectionSchema(
        [
            FieldSchema("id", DataType.VARCHAR, is_primary=True, max_length=64),
            FieldSchema("vector", DataType.FLOAT_VECTOR, dim=len(PLACEHOLDER)),
            FieldSchema("document", DataType.VARCHAR, max_length=LONGEST_TEXT),
            FieldSchema("version", DataType.VARCHAR, max_length=64),
            FieldSchema("chunks", DataType.INT64),
            FieldSchema("source_tag", DataType.VARCHAR, max_length=LONGEST_TEXT),
        ]
    )


def heads_indexes() -> list[Index]:
    """Return the index of a collection's heads, which Milvus wants before it loads them."""
    return [{"field_name": "vector", "index_type": "FLAT", "metric_type": "L2"}]


def point_row(point: Point) -> dict[str, Any]:
    """Return a point as Milvus takes it."""
    return {
        "id": point.id,
        "vector": np.ascontiguousarray(point.vector, dtype=np.float32),
        "document": point.document,
        "version": point.version,
        "ordinal": point.ordinal,
        "text": point.text,
        "heading": point.heading,
        "metadata": dict(point.metadata),
        "terms": point_terms(point),
    }


def too_long(row: Mapping[str, Any]) -> str:
    """Return what of a point's row Milvus does not take, in words; nothing where it takes all."""
    sizes = {name: len(row[name].encode()) for name in ("document", "heading", "text")}
    for name, size in sizes.items():
        if size > LONGEST_TEXT:
            return f"{name} has {size} bytes, Milvus takes {LONGEST_TEXT}"
    size = len(json.dumps(row["metadata"], ensure_ascii=False).encode())
    return f"metadata has {size} bytes, Milvus takes {LONGEST_JSON}" if size > LONGEST_JSON else ""


def row_point(row: Mapping[str, Any]) -> Point:
    """Return the point of a row with its vector."""
    return Point(vector=np.asarray(row["vector"], dtype=np.float32), **{key: row[key] for key in POINT})


def row_hit(found: Mapping[str, Any], metric: Metric | None) -> Hit:
    """Return the hit of a search by a metric, or None where the score is one of ranks."""
    distance = float(found["distance"])
    # L2 is given squared.
    score = -float(np.sqrt(max(distance, 0.0))) if metric == "euclidean" else distance
    return Hit(id=str(found["id"]), score=score, **{key: found["entity"][key] for key in POINT if key != "id"})


def head_row(head: Head) -> dict[str, Any]:
    """Return a head as Milvus takes it."""
    return {"id": head_id(head.document), "vector": PLACEHOLDER, **{key: getattr(head, key) for key in HEAD}}


def head_id(document: str) -> str:
    """Return the key of a document's head: Milvus' keys are short, a document's may be long."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, document))


def expression(asked: Clauses) -> str:
    """Return clauses as a filter of Milvus: hexadecimal terms only, so that nothing needs escaping."""
    return " and ".join(f"array_contains_any(terms, {json.dumps(list(clause))})" for clause in asked)
