"""The nearest of points that stream by are the nearest of all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.workloads.embedding.stores.points import clustered, direction, point
from workloads.embedding.records import Metric, Point
from workloads.embedding.stores import exact
from workloads.embedding.stores.exact import nearest


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_nearest_of_several_batches(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "BATCH", 7)
    vectors = clustered(60, 8) * np.linspace(0.5, 2, 60, dtype=np.float32)[:, None]
    query = clustered(1, 8, seed=3)[0] * 3
    products = vectors @ query
    expected = {
        "cosine": products / np.linalg.norm(vectors, axis=1) / 3,
        "dot": products,
        "euclidean": -np.linalg.norm(vectors - query, axis=1),
    }[metric]
    points = (point(ordinal=number, vector=vectors[number]) for number in range(60))
    hits = nearest(points, query, metric, 10)
    order = np.argsort(-expected)[:10]
    assert [hit.ordinal for hit in hits] == order.tolist()
    assert [hit.score for hit in hits] == pytest.approx(expected[order], abs=1e-5)


def test_points_are_not_all_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "BATCH", 5)
    given: list[int] = []
    seen: list[int] = []

    def points() -> Iterator[Point]:
        for number in range(20):
            given.append(number)
            yield point(ordinal=number)

    stack = np.stack
    monkeypatch.setattr(exact.np, "stack", lambda parts: (seen.append(len(given)), stack(parts))[1])  # pyright: ignore[reportUnknownLambdaType] - a spy on numpy
    nearest(points(), direction(1), "cosine", 3)
    assert seen == [5, 10, 15, 20]


def test_a_vector_of_zeros_is_like_nothing() -> None:
    zeros = point(vector=np.zeros(8, dtype=np.float32))
    (hit,) = nearest([zeros], direction(1), "cosine", 1)
    assert hit.score == 0


def test_nothing_comes_of_nothing() -> None:
    assert nearest([], direction(1), "cosine", 3) == []
