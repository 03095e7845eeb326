"""Nearest points by looking at every one: for engines that have no exact search beside their index."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Final

import numpy as np

from workloads.embedding.records import Hit, Metric, Point, Vector
from workloads.embedding.slices import slices

BATCH: Final = 1024
"""Points in memory at a time, beside the nearest so far."""


def nearest(points: Iterable[Point], vector: Vector, metric: Metric, limit: int) -> list[Hit]:
    """Return the nearest points, nearest first; memory stays flat however many there are."""
    best: list[tuple[float, str, Hit]] = []
    for batch in slices(points, BATCH):
        found = scores(vector, np.stack([point.vector for point in batch]), metric)
        hits = ((float(score), point.id, hit(point, float(score))) for score, point in zip(found, batch, strict=True))
        best = heapq.nlargest(limit, (*best, *hits), key=lambda entry: entry[:2])
    return [entry[2] for entry in best]


def scores(vector: Vector, vectors: Vector, metric: Metric) -> Vector:
    """Return how near each of `vectors` (n, dimension) is to a vector: larger is nearer."""
    if metric == "euclidean":
        return -np.linalg.norm(vectors - vector, axis=1)
    inner = vectors @ vector
    if metric == "dot":
        return inner
    return inner / np.maximum(np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector), np.finfo(np.float32).tiny)


def hit(point: Point, score: float) -> Hit:
    """Return a point as what a search found."""
    return Hit(
        id=point.id,
        score=score,
        document=point.document,
        version=point.version,
        ordinal=point.ordinal,
        text=point.text,
        heading=point.heading,
        metadata=point.metadata,
    )
