"""Qdrant's own bulk path: the client's `upload_points`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from qdrant_client import QdrantClient

from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.qdrant_points import struct


def bulk_write(
    settings: StoreSettings, environ: Mapping[str, str], spec: CollectionSpec, points: Sequence[Point]
) -> float:
    """Write points; see `tests.bench_stores`. This is the client's local mode, a Python program, not the server."""
    del environ
    client = QdrantClient(path=settings.url.removeprefix("path:"))
    try:
        start = time.perf_counter()
        client.upload_points(f"{settings.namespace}-{spec.name}", map(struct, points), batch_size=settings.batch_points)
        return time.perf_counter() - start
    finally:
        client.close()
