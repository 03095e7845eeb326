"""A collection's vectors in a Pinecone index, which has one dimension and one metric for all its namespaces.

A collection may have fewer dimensions than the index: zeros behind a vector change no score. In an index by dot product
it may have any metric: cosine is the product of vectors of length 1, and the order by distance is that of
`query · vector - |vector|² / 2`, the product with one more dimension. So an index with the metric dotproduct and some
room can hold the shadow of a re-index to another model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from workloads.embedding.faults import DimensionError, MetricError
from workloads.embedding.records import CollectionSpec, Metric, Vector

METRICS: Final[Mapping[Metric, str]] = {"cosine": "cosine", "dot": "dotproduct", "euclidean": "euclidean"}


@dataclass(frozen=True)
class IndexShape:
    """What an index takes."""

    dimension: int
    metric: str
    """cosine, dotproduct or euclidean."""

    def require_room(self, spec: CollectionSpec) -> None:
        """Raise `DimensionError` or `MetricError` where a collection doesn't fit."""
        if self.metric not in ("dotproduct", METRICS[spec.metric]):
            raise MetricError(
                f"collection {spec.name}: has metric {spec.metric}, the Pinecone index {self.metric}; "
                f"it takes that one only, and an index with dotproduct takes every metric"
            )
        needed = spec.dimension + int(self._by_distance(spec))
        if needed > self.dimension:
            raise DimensionError(
                f"collection {spec.name}: needs {needed} dimensions, the Pinecone index has {self.dimension}"
            )

    def stored(self, spec: CollectionSpec, vector: Vector) -> Vector:
        """Return a vector as the index keeps it."""
        kept = np.zeros(self.dimension, dtype=np.float32)
        kept[: spec.dimension] = vector / length(vector) if self._by_angle(spec) else vector
        if self._by_distance(spec):
            kept[spec.dimension] = -float(vector @ vector) / 2
        return kept

    def asked(self, spec: CollectionSpec, vector: Vector) -> Vector:
        """Return a query as the index takes it."""
        query = np.zeros(self.dimension, dtype=np.float32)
        query[: spec.dimension] = vector / length(vector) if self._by_angle(spec) else vector
        if self._by_distance(spec):
            query[spec.dimension] = 1
        return query

    def score(self, spec: CollectionSpec, vector: Vector, told: float) -> float:
        """Return the score of the port for what the index says of a match of a query."""
        if spec.metric != "euclidean":
            return told
        squared = float(vector @ vector) - 2 * told if self._by_distance(spec) else told
        return -float(np.sqrt(max(squared, 0.0)))

    def original(self, spec: CollectionSpec, values: Sequence[float], norm: float) -> Vector:
        """Return the vector that was stored; `norm` is its length."""
        vector = np.asarray(values[: spec.dimension], dtype=np.float32)
        return vector * np.float32(norm) if self._by_angle(spec) else vector

    def _by_angle(self, spec: CollectionSpec) -> bool:
        return self.metric == "dotproduct" and spec.metric == "cosine"

    def _by_distance(self, spec: CollectionSpec) -> bool:
        return self.metric == "dotproduct" and spec.metric == "euclidean"


def length(vector: Vector) -> float:
    """Return the length of a vector, 1 for that of zeros."""
    return float(np.linalg.norm(vector)) or 1.0
