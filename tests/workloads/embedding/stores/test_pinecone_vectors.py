"""A collection of any metric scores the same in an index by dot product as in one of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workloads.embedding.stores.points import clustered, spec
from workloads.embedding.faults import DimensionError, MetricError
from workloads.embedding.records import Metric
from workloads.embedding.stores.exact import scores
from workloads.embedding.stores.pinecone_vectors import METRICS, IndexShape, length

METRIC = st.sampled_from(list(METRICS))


@settings(deadline=None, derandomize=True, database=None)
@given(metric=METRIC, seed=st.integers(0, 1000), spare=st.integers(1, 5), size=st.sampled_from([0.1, 1.0, 20.0]))
def test_dot_product_gives_the_score_of_every_metric(metric: Metric, seed: int, spare: int, size: float) -> None:
    asked, shape = spec(metric=metric), IndexShape(8 + spare, "dotproduct")
    vectors = clustered(20, 8, seed) * np.float32(size)
    query = clustered(1, 8, seed + 1)[0] * np.float32(size)
    products = [float(shape.stored(asked, vector) @ shape.asked(asked, query)) for vector in vectors]
    found = [shape.score(asked, query, product) for product in products]
    assert found == pytest.approx(scores(query, vectors, metric).tolist(), abs=1e-3 * max(size, size * size))


@settings(deadline=None, derandomize=True, database=None)
@given(metric=METRIC, own=st.booleans(), seed=st.integers(0, 1000))
def test_vectors_come_back(metric: Metric, own: bool, seed: int) -> None:
    asked = spec(metric=metric)
    shape = IndexShape(11, METRICS[metric] if own else "dotproduct")
    vector = clustered(1, 8, seed)[0] * np.float32(2.5)
    stored = shape.stored(asked, vector)
    assert stored.shape == (11,)
    assert shape.original(asked, stored.tolist(), length(vector)) == pytest.approx(vector, abs=1e-6)


def test_distance_needs_one_dimension_more() -> None:
    IndexShape(9, "dotproduct").require_room(spec(metric="euclidean"))
    with pytest.raises(DimensionError, match="needs 9 dimensions"):
        IndexShape(8, "dotproduct").require_room(spec(metric="euclidean"))
    IndexShape(8, "euclidean").require_room(spec(metric="euclidean"))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_other_indexes_take_their_own_metric_only(metric: str) -> None:
    with pytest.raises(MetricError, match=f"has metric dot, the Pinecone index {metric}"):
        IndexShape(8, metric).require_room(spec(metric="dot"))
