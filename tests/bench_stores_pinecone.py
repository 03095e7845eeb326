"""Pinecone's own bulk path: the client's `upsert` in batches, several requests at a time.

What is measured is the client with a stand-in for the service, on one machine: a ratio of our work to the client's, and
nothing of Pinecone's speed or recall.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from pinecone import Index

from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.api_key import api_key
from workloads.embedding.stores.pinecone_connection import PineconeConnection
from workloads.embedding.stores.pinecone_records import point_record

MOST_OF_TWO_MEGABYTES: Final = 150
"""Records of this size in a request."""


def bulk_write(
    settings: StoreSettings, environ: Mapping[str, str], spec: CollectionSpec, points: Sequence[Point]
) -> float:
    """Write points; see `tests.bench_stores`."""
    connection = PineconeConnection(settings, environ)
    shape = connection.shape
    connection.close()
    index = Index(host=settings.url, api_key=api_key(settings, environ))
    start = time.perf_counter()
    index.upsert(
        vectors=[point_record(point, spec, shape) for point in points],
        namespace=f"{settings.namespace}_points_{spec.name}",
        batch_size=MOST_OF_TWO_MEGABYTES,
        show_progress=False,
    )
    taken = time.perf_counter() - start
    index.close()
    return taken
