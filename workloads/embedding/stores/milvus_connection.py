"""A connection to Milvus, or to Milvus Lite: calls with the settings' timeout, faults as the port promises them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pymilvus import CollectionSchema, MilvusClient
from pymilvus.exceptions import MilvusException
from pymilvus.milvus_client.index import IndexParams

from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores import milvus_lite
from workloads.embedding.stores.api_key import api_key
from workloads.embedding.stores.milvus_faults import NO_COLLECTION, NOT_LOADED, milvus_faults
from workloads.embedding.stores.milvus_schema import Index


class MilvusConnection:
    """A client, and for Milvus Lite the server in this process."""

    def __init__(self, settings: StoreSettings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._file = Path(settings.url.removeprefix("path:")) if settings.url.startswith("path:") else None
        self.indexes_filters = self._file is None
        """Lite has no index for arrays."""
        token = api_key(settings, environ) or ""
        url, self._turn = milvus_lite.serve(self._file) if self._file else (settings.url, nullcontext())
        tls = {"server_pem_path": settings.ca_file} if settings.ca_file else {}
        try:
            with milvus_faults(settings.url):
                # A connection of its own: one that is shared would be closed for the others as well.
                self.client = MilvusClient(url, token=token, timeout=settings.timeout_seconds, dedicated=True, **tls)
        except BaseException:
            if self._file:
                milvus_lite.release(self._file)
            raise

    def ask(self, about: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a method of the client."""
        with milvus_faults(about), self._turn:
            return call(*arguments, timeout=self._settings.timeout_seconds, **named)

    def find(self, about: str, call: Callable[..., Any]) -> dict[str, Any] | None:
        """Call a method of the client about a collection or alias; None where there is none."""
        with milvus_faults(about), self._turn:
            try:
                return call(about, timeout=self._settings.timeout_seconds)
            except MilvusException as error:
                if error.code in NO_COLLECTION:
                    return None
                raise

    def ask_loaded(self, collection: str, call: Callable[..., Any], **named: Any) -> Any:
        """Call a method of the client about a collection, which after a restart may have to be loaded first."""
        with milvus_faults(collection), self._turn:
            try:
                return call(collection, timeout=self._settings.timeout_seconds, **named)
            except MilvusException as error:
                if error.code != NOT_LOADED:
                    raise
        self._load(collection)
        return self.ask(collection, call, collection, **named)

    def rows(self, collection: str, filtered: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Give all rows that a filter lets through, a batch in memory at a time."""
        batches = self.ask_loaded(
            collection,
            self.client.query_iterator,
            batch_size=self._settings.batch_points,
            filter=filtered,
            output_fields=fields,
        )
        try:
            while True:
                with milvus_faults(collection), self._turn:
                    batch = batches.next()
                if not batch:
                    return
                yield from batch
        finally:
            batches.close()

    def make(
        self, collection: str, schema: CollectionSchema, indexes: Sequence[Index], properties: Mapping[str, str]
    ) -> None:
        """Make a collection and its indexes, and load it: each step where it is not done yet."""
        if not self.ask(collection, self.client.has_collection, collection):
            self.ask(
                collection,
                self.client.create_collection,
                collection,
                schema=schema,
                num_shards=self._settings.shards,
                consistency_level="Strong",
                properties=dict(properties),
            )
        standing = self.ask(collection, self.client.list_indexes, collection)
        missing = IndexParams()
        for index in indexes:
            if index["field_name"] not in standing:
                missing.add_index(index_name=index["field_name"], **index)
        if len(missing):
            # It is loading that waits for indexes; waiting here would be in steps of half a second.
            self.ask(collection, self.client.create_index, collection, missing, sync=False)
        self._load(collection)

    def close(self) -> None:
        """Close the connection; the second time nothing happens."""
        self.client.close()
        if self._file:
            milvus_lite.release(self._file)
            self._file = None

    def _load(self, collection: str) -> None:
        copies = self._settings.replication_factor
        self.ask(collection, self.client.load_collection, collection, replica_number=copies)
