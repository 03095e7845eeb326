"""A connection to one Pinecone index: its namespaces, waiting for what was written, faults of the pipeline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from pinecone import Index
from pinecone.errors import exceptions

from workloads.embedding.faults import RefusedPointsError, StoreError, StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.slices import slices
from workloads.embedding.stores.api_key import api_key
from workloads.embedding.stores.pinecone_faults import pinecone_faults
from workloads.embedding.stores.pinecone_host import host_of
from workloads.embedding.stores.pinecone_vectors import IndexShape
from workloads.faults import InputError

# Operation limits: https://docs.pinecone.io/reference/api/database-limits/operation-limits
MOST_RECORDS: Final = 1000
MOST_BYTES: Final = 2_000_000
"""Of an upsert."""
MOST_METADATA: Final = 40_960
"""Bytes, of a record."""
BYTES_OF_A_NUMBER: Final = 22
"""Longest that JSON writes a float32, with its comma."""
IDS_AT_ONCE: Final = 100
"""Of a fetch: they go into the URL."""
PAGE: Final = 100

Record = dict[str, Any]
"""id, values and metadata, as the API has them."""


class PineconeConnection:
    """An index."""

    def __init__(self, settings: StoreSettings, environ: Mapping[str, str]) -> None:
        key = api_key(settings, environ)
        if key is None:
            raise InputError("store.api_key_env: engine pinecone needs the variable that has the API key")
        self._settings = settings
        self._shape: IndexShape | None = None
        try:
            self._index = Index(
                host=host_of(settings, key, environ),
                api_key=key,
                timeout=settings.timeout_seconds,
                ssl_ca_certs=settings.ca_file,
            )
        except (exceptions.PineconeValueError, OSError) as error:
            raise InputError(f"store.url: {settings.url!r}: {error}") from error

    @property
    def shape(self) -> IndexShape:
        """What the index takes; it never changes."""
        if self._shape is None:
            with pinecone_faults(self._settings.url):
                told = self._index.describe_index_stats()
            if not told.dimension or not told.metric:
                raise StoreError(f"pinecone: {self._settings.url}: is no index of dense vectors")
            self._shape = IndexShape(told.dimension, told.metric)
        return self._shape

    @property
    def placeholder(self) -> list[float]:
        """The vector of records that need none: Pinecone takes no zeros."""
        return [1.0, *[0.0] * (self.shape.dimension - 1)]

    def upsert(self, namespace: str, records: Sequence[Record]) -> None:
        """Write records and wait until searches see them."""
        if not records:
            return
        metadata = {str(record["id"]): _metadata_bytes(record) for record in records}
        if too_large := {each: size for each, size in metadata.items() if size > MOST_METADATA}:
            raise RefusedPointsError(
                {
                    each: f"text and metadata have {size} bytes, Pinecone takes {MOST_METADATA}"
                    for each, size in too_large.items()
                }
            )
        largest = max(metadata.values()) + self.shape.dimension * BYTES_OF_A_NUMBER
        at_once = max(1, min(self._settings.batch_points, MOST_RECORDS, MOST_BYTES // largest))
        with pinecone_faults(namespace):
            written = self._index.upsert(
                vectors=list(records), namespace=namespace, batch_size=at_once, show_progress=False
            )
            for failure in written.errors or ():
                raise failure.error
        sequence_number = written.response_info.lsn_committed if written.response_info else None
        if sequence_number is not None:
            self._wait(namespace, lambda: self._searches_see(namespace, sequence_number))
        else:
            ids = [str(record["id"]) for record in records]
            self._wait(namespace, lambda: len(list(self.fetch(namespace, ids))) == len(ids))

    def put(self, namespace: str, records: Sequence[Record]) -> None:
        """Write records and wait until fetches see them as they are."""
        self.upsert(namespace, records)
        wanted = {str(record["id"]): record["metadata"] for record in records}
        self._wait(
            namespace, lambda: {one["id"]: one["metadata"] for one in self.fetch(namespace, list(wanted))} == wanted
        )

    def delete(self, namespace: str, ids: Sequence[str]) -> None:
        """Delete records by their ids and wait until fetches don't see them."""
        for some in slices(ids, MOST_RECORDS):
            with pinecone_faults(namespace), _nothing_there():
                self._index.delete(ids=some, namespace=namespace)
        self._wait(namespace, lambda: not list(self.fetch(namespace, ids)))

    def delete_matching(self, namespace: str, matching: Mapping[str, Any]) -> None:
        """Delete what a filter finds and wait until neither searches nor fetches find it."""
        with pinecone_faults(namespace), _nothing_there():
            self._index.delete(filter=dict(matching), namespace=namespace)
        self._wait(namespace, lambda: not self._finds(namespace, matching))

    def empty(self, namespace: str) -> None:
        """Delete all records of a namespace and wait until none is listed."""
        with pinecone_faults(namespace), _nothing_there():
            self._index.delete(delete_all=True, namespace=namespace)
        self._wait(namespace, lambda: next(self.ids(namespace), None) is None)

    def query(self, namespace: str, vector: Sequence[float], limit: int, matching: Mapping[str, Any] | None) -> Any:
        """Return the ids and scores of the nearest records."""
        with pinecone_faults(namespace), _nothing_there():
            return self._index.query(vector=vector, top_k=limit, namespace=namespace, filter=matching or None).matches
        return []

    def fetch(self, namespace: str, ids: Sequence[str]) -> Iterator[Record]:
        """Give the records of these ids that there are."""
        for some in slices(ids, IDS_AT_ONCE):
            with pinecone_faults(namespace), _nothing_there():
                found = self._index.fetch(ids=some, namespace=namespace)
                yield from map(_record, found.vectors.values())

    def matching(self, namespace: str, matching: Mapping[str, Any]) -> Iterator[Record]:
        """Give all records that a filter finds, a page in memory at a time."""
        token: str | None = ""
        while token is not None:
            after, token = token or None, None
            with pinecone_faults(namespace), _nothing_there():
                page = self._index.fetch_by_metadata(
                    filter=dict(matching), namespace=namespace, limit=PAGE, pagination_token=after
                )
                yield from map(_record, page.vectors.values())
                token = (page.pagination.next if page.pagination else None) or None

    def ids(self, namespace: str, prefix: str | None = None) -> Iterator[str]:
        """Give the ids of all records, or of those that start so."""
        with pinecone_faults(namespace), _nothing_there():
            for page in self._index.list(prefix=prefix, limit=PAGE, namespace=namespace):
                yield from (str(item.id) for item in page.vectors)

    def every(self, namespace: str) -> Iterator[Record]:
        """Give all records, some in memory at a time."""
        for some in slices(self.ids(namespace), IDS_AT_ONCE):
            yield from self.fetch(namespace, some)

    def close(self) -> None:
        """Give back connections."""
        self._index.close()

    def _searches_see(self, namespace: str, sequence_number: int) -> bool:
        with pinecone_faults(namespace):
            told = self._index.query(vector=self.placeholder, top_k=1, namespace=namespace).response_info
        return told is not None and told.is_reconciled(sequence_number)

    def _finds(self, namespace: str, matching: Mapping[str, Any]) -> bool:
        found = self.query(namespace, self.placeholder, 1, matching)
        return bool(found) or next(self.matching(namespace, matching), None) is not None

    def _wait(self, namespace: str, seen: Callable[[], bool]) -> None:
        """Ask again until a write is seen; Pinecone reads what was written with a delay."""
        deadline = time.monotonic() + self._settings.timeout_seconds
        pause = 0.01
        while not seen():
            if time.monotonic() > deadline:
                raise StoreUnavailableError(
                    f"pinecone: {namespace}: after {self._settings.timeout_seconds:g} s a write is still not seen"
                )
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def _metadata_bytes(record: Record) -> int:
    return len(json.dumps(record["metadata"], ensure_ascii=False).encode())


def _record(found: Any) -> Record:
    return {"id": str(found.id), "values": np.asarray(found.values, dtype=np.float32), "metadata": found.metadata}


@contextmanager
def _nothing_there() -> Generator[None]:
    """Take a namespace that is not there for one that is empty; it comes to be with its first record."""
    try:
        yield
    except exceptions.NotFoundError:
        return
