"""Weaviate's own bulk path: the client's batches, two requests at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.weaviate_connection import connected
from workloads.embedding.stores.weaviate_schema import point_object

REQUESTS: Final = 2


def bulk_write(
    settings: StoreSettings, environ: Mapping[str, str], spec: CollectionSpec, points: Sequence[Point]
) -> float:
    """Write points; see `tests.bench_stores`."""
    with connected(settings, environ) as client:
        collection = client.collections.use(f"{settings.namespace.capitalize()}_points_{spec.name}")
        start = time.perf_counter()
        with collection.batch.fixed_size(settings.batch_points, REQUESTS) as batch:
            for each in map(point_object, points):
                batch.add_object(properties=each.properties, uuid=each.uuid, vector=each.vector)
        return time.perf_counter() - start
