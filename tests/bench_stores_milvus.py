"""Milvus' own bulk path that replaces what is there: the client's `upsert` of many rows.

`insert` is faster, in Lite twice as fast, and keeps both rows of an id that is there already; importing files is for
servers and not in Lite.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.slices import slices
from workloads.embedding.stores.milvus_connection import MilvusConnection
from workloads.embedding.stores.milvus_schema import point_row


def bulk_write(
    settings: StoreSettings, environ: Mapping[str, str], spec: CollectionSpec, points: Sequence[Point]
) -> float:
    """Write points; see `tests.bench_stores`. This is Milvus Lite, which searches what it just got without an index."""
    connection = MilvusConnection(settings, environ)
    collection = f"{settings.namespace}_points_{spec.name}"
    try:
        connection.client.load_collection(collection)
        start = time.perf_counter()
        rows = [point_row(point) for point in points]
        for batch in slices(rows, settings.batch_points):
            connection.client.upsert(collection, batch)
        return time.perf_counter() - start
    finally:
        connection.close()
