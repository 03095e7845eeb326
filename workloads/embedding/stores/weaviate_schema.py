"""How points and heads lie in Weaviate: properties, indexes, objects."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from weaviate.classes.config import (
    Configure,
    DataType,
    Property,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
)
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter

from workloads.embedding.records import CollectionSpec, Head, Hit, Metric, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.described import described
from workloads.embedding.stores.terms import Clauses, point_terms

METRICS: Final[Mapping[Metric, VectorDistances]] = {
    "cosine": VectorDistances.COSINE,
    "dot": VectorDistances.DOT,
    "euclidean": VectorDistances.L2_SQUARED,
}
SEARCHED: Final = ["text", "heading"]
"""What keywords are looked for in."""
POINT: Final = ["document", "version", "ordinal", "text", "heading", "metadata"]
HEAD: Final = ["document", "version", "chunks", "source_tag"]


def points_config(spec: CollectionSpec, settings: StoreSettings) -> dict[str, Any]:
    """Return the configuration of a collection's points; what it was made as is its description."""
    distance = METRICS[spec.metric]
    hnsw = Configure.VectorIndex.hnsw(
        distance_metric=distance, max_connections=spec.hnsw_m, ef_construction=spec.hnsw_ef_construction
    )
    flat = Configure.VectorIndex.flat(distance_metric=distance)
    return {
        "description": described(spec),
        "vector_config": Configure.Vectors.self_provided(
            vector_index_config=hnsw if spec.index == "hnsw" else flat,
            # The server's default may be to compress, which costs recall.
            quantizer=Configure.VectorIndex.Quantizer.none(),
        ),
        "properties": [
            *(_kept(name) for name in ("document", "version", "metadata")),
            _kept("ordinal", DataType.INT),
            *(
                Property(
                    name=name,
                    data_type=DataType.TEXT,
                    tokenization=Tokenization.WORD,
                    index_filterable=False,
                    index_searchable=True,
                )
                for name in SEARCHED
            ),
            Property(
                name="terms",
                data_type=DataType.TEXT_ARRAY,
                tokenization=Tokenization.FIELD,
                index_filterable=True,
                index_searchable=False,
            ),
        ],
        # Documents may be of any language.
        "inverted_index_config": Configure.inverted_index(stopwords_preset=StopwordsPreset.NONE),
        "replication_config": Configure.replication(factor=settings.replication_factor),
        "sharding_config": Configure.sharding(desired_count=settings.shards),
    }


def heads_config(settings: StoreSettings) -> dict[str, Any]:
    """Return the configuration of a collection's heads: no vectors, and found by their ids only."""
    return {
        "vector_config": Configure.Vectors.self_provided(vector_index_config=Configure.VectorIndex.flat()),
        "properties": [
            *(_kept(name) for name in ("document", "version", "source_tag")),
            _kept("chunks", DataType.INT),
        ],
        "replication_config": Configure.replication(factor=settings.replication_factor),
        "sharding_config": Configure.sharding(desired_count=1),
    }


def _kept(name: str, data_type: DataType = DataType.TEXT) -> Property:
    text = data_type is DataType.TEXT
    return Property(
        name=name,
        data_type=data_type,
        tokenization=Tokenization.FIELD if text else None,
        index_filterable=False,
        index_searchable=False if text else None,
    )


def point_object(point: Point) -> DataObject[Any, Any]:
    """Return a point as Weaviate takes it."""
    return DataObject(
        uuid=point.id,
        vector=point.vector.tolist(),
        properties={
            "document": point.document,
            "version": point.version,
            "ordinal": point.ordinal,
            "text": point.text,
            "heading": point.heading,
            # As text, because Weaviate would make properties of its keys, and forget which numbers were whole.
            "metadata": json.dumps(dict(point.metadata)),
            "terms": point_terms(point),
        },
    )


def object_point(found: Any) -> Point:
    """Return the point of an object with its vector."""
    return Point(id=str(found.uuid), vector=np.asarray(found.vector["default"], dtype=np.float32), **_fields(found))


def object_hit(found: Any, metric: Metric | None) -> Hit:
    """Return the hit of a search by a metric, or None where the score is one of ranks."""
    return Hit(id=str(found.uuid), score=_score(found.metadata, metric), **_fields(found))


def _fields(found: Any) -> dict[str, Any]:
    properties = {name: found.properties[name] for name in POINT}
    return {**properties, "metadata": json.loads(properties["metadata"])}


def _score(told: Any, metric: Metric | None) -> float:
    if metric is None:
        return float(told.score)
    distance = float(told.distance)
    if metric == "cosine":
        return 1 - distance
    # The product is given negative, the distance squared.
    return -distance if metric == "dot" else -float(np.sqrt(max(distance, 0.0)))


def head_object(head: Head) -> DataObject[Any, Any]:
    """Return a head as Weaviate takes it."""
    return DataObject(uuid=head_id(head.document), properties={key: getattr(head, key) for key in HEAD})


def object_head(found: Any) -> Head:
    """Return the head of an object."""
    return Head(**{key: found.properties[key] for key in HEAD})


def head_id(document: str) -> str:
    """Return the id of a document's head."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, document))


def filters(asked: Clauses) -> Any:
    """Return clauses as a filter of Weaviate; None where there are none."""
    each = [Filter.by_property("terms").contains_any(list(clause)) for clause in asked]
    return Filter.all_of(each) if each else None
