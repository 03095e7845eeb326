# ruff: noqa: D102 - what the methods do is said by the port
"""Qdrant as a vector store: a server, a cluster, or the client's local mode in a folder.

Of a pipeline's collection Qdrant has two: its points, which carry the description, and beside them its heads, which are
payload without vectors. Names start with the pipeline's namespace; aliases are Qdrant's own. In a cluster a write
returns when all replicas have it that are alive, so that a read from any of them is not behind.

The local mode keeps all vectors in memory and looks at every one: for trying out and for tests. One process at a time
has the folder, and calls wait for each other.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from typing import Any, ClassVar, Final

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.settings import StoreSettings
from workloads.embedding.slices import slices
from workloads.embedding.stores import qdrant_points as as_qdrant
from workloads.embedding.stores.agreement import check_same, check_vector, checked_name, distinct
from workloads.embedding.stores.api_key import api_key
from workloads.embedding.stores.described import read_description
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.qdrant_faults import faults
from workloads.embedding.stores.qdrant_keywords import keywords_of_query
from workloads.faults import InputError

LOCAL: Final = "path:"
HEADS: Final = "-heads"
"""No name has a hyphen, so this is the end of no other name."""
AT_ONCE: Final = 1_000
"""Records of one answer, or ids of one question."""
MOST_BYTES: Final = 24_000_000
"""Of a write: a server refuses more than 32 MiB, its service.max_request_size_mb, as it comes."""
LEAST_CANDIDATES: Final = 128
FUSED_CANDIDATES: Final = 4
"""Candidates of each kind for one result of a hybrid search, but not fewer than `LEAST_CANDIDATES`."""


def open_store(settings: StoreSettings, environ: Mapping[str, str]) -> QdrantStore:
    """Return a store; a folder is opened now, a server at the first call."""
    with faults(f"open {settings.url}"):
        if settings.url.startswith(LOCAL):
            folder = settings.url.removeprefix(LOCAL)
            return QdrantStore(QdrantClient(path=folder, force_disable_check_same_thread=True), settings)
        if not settings.url.startswith(("http://", "https://")):
            raise InputError(f"store.url: {settings.url!r}: needs http(s)://host:port, or path:FOLDER")
        key = api_key(settings, environ)
        trust: dict[str, Any] = {"verify": settings.ca_file} if settings.ca_file else {}
        client = QdrantClient(
            url=settings.url,
            # As a header, because the client warns of a key without TLS, which inside a cluster is a choice.
            headers={"api-key": key} if key else None,
            timeout=max(1, round(settings.timeout_seconds)),
            check_compatibility=False,
            **trust,
        )
        return QdrantStore(client, settings)


class QdrantStore:
    """The collections of one namespace."""

    engine: ClassVar[str] = "qdrant"
    has_hybrid: ClassVar[bool] = True

    def __init__(self, client: QdrantClient, settings: StoreSettings) -> None:
        self._client = client
        self._settings = settings
        self._local = settings.url.startswith(LOCAL)
        # The local mode is lists without locks of their own.
        self._turn = threading.RLock() if self._local else nullcontext()

    def create(self, spec: CollectionSpec) -> None:
        checked_name(spec.name)
        with self._doing(f"create collection {spec.name}"):
            if standing := self._spec(spec.name):
                if standing.name != spec.name:
                    raise StoreError(f"collection {spec.name}: an alias has this name")
                check_same(standing, spec)
            else:
                self._make(spec)
            if not self._local:
                # Also where the collection stands: whoever made it may have been killed before this.
                self._client.create_payload_index(
                    self._points(spec.name), as_qdrant.TERMS, models.PayloadSchemaType.KEYWORD
                )

    def spec(self, name: str) -> CollectionSpec | None:
        with self._doing(f"look at collection {name}"):
            return self._spec(name)

    def names(self) -> list[str]:
        with self._doing("list collections"):
            return self._names()

    def drop(self, name: str) -> None:
        with self._doing(f"drop collection {name}"):
            if name in self._names():
                # The points first, and with them their aliases: what is left of an interrupted drop is not listed.
                self._client.delete_collection(self._points(name))
            if self._client.collection_exists(self._heads(name)):
                self._client.delete_collection(self._heads(name))

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        with self._doing(f"write points into {name}"):
            written = distinct(self._written(name), points)
            for batch in slices(written, self._at_once(written)):
                self._client.upsert(self._points(name), [as_qdrant.struct(point) for point in batch])

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("an empty filter would delete every point; drop the collection instead")
        with self._doing(f"delete points of {name}"):
            self._written(name)
            if not as_qdrant.is_void(where):
                selector = models.FilterSelector(filter=as_qdrant.filter_of(where) or models.Filter())
                self._client.delete(self._points(name), selector)

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        with self._doing(f"search {name}"):
            spec = self._existing(name)
            check_vector(spec, vector, "the query")
            if as_qdrant.is_void(where):
                return []
            found = self._client.query_points(
                self._points(spec.name),
                query=vector.tolist(),
                using=as_qdrant.DENSE,
                query_filter=as_qdrant.filter_of(where),
                search_params=self._walk(limit, exact=exact),
                limit=limit,
            )
            return [as_qdrant.hit_of(point, spec.metric) for point in found.points]

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        with self._doing(f"search {name}"):
            spec = self._existing(name)
            check_vector(spec, vector, "the query")
            if as_qdrant.is_void(where):
                return []
            candidates, filtered = max(limit * FUSED_CANDIDATES, LEAST_CANDIDATES), as_qdrant.filter_of(where)
            near = models.Prefetch(query=vector.tolist(), using=as_qdrant.DENSE, limit=candidates, filter=filtered)
            keywords = keywords_of_query(text)
            worded = models.Prefetch(query=keywords, using=as_qdrant.SPARSE, limit=candidates, filter=filtered)
            found = self._client.query_points(
                self._points(spec.name),
                prefetch=[near, worded] if keywords.indices else [near],
                query=models.FusionQuery(fusion=models.Fusion.RRF),
                limit=limit,
            )
            return [as_qdrant.hit_of(point, None) for point in found.points]

    def count(self, name: str, where: Where | None = None) -> int:
        with self._doing(f"count points of {name}"):
            points = self._points(self._existing(name).name)
            if as_qdrant.is_void(where):
                return 0
            return self._client.count(points, as_qdrant.filter_of(where), exact=True).count

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        with self._doing(f"export {name}"):
            points = self._points(self._existing(name).name)
        if not as_qdrant.is_void(where):
            for record in self._scroll(f"export {name}", points, where, vectors=True):
                yield as_qdrant.point_of(record)

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        with self._doing(f"write heads of {name}"):
            self._written(name)
            last = list({head.document: head for head in heads}.values())
            for batch in slices(last, AT_ONCE):
                self._client.upsert(self._heads(name), [as_qdrant.head_struct(head) for head in batch])

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        doing = f"read heads of {name}"
        with self._doing(doing):
            heads = self._heads(self._existing(name).name)
        if documents is None:
            for record in self._scroll(doing, heads, None, vectors=False):
                yield as_qdrant.head_of(record)
            return
        for batch in slices(list(dict.fromkeys(documents)), AT_ONCE):
            with self._doing(doing):
                found = self._client.retrieve(heads, [as_qdrant.head_id(document) for document in batch])
            yield from map(as_qdrant.head_of, found)

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        with self._doing(f"delete heads of {name}"):
            self._written(name)
            for batch in slices(list(documents), AT_ONCE):
                ids = models.PointIdsList(points=[as_qdrant.head_id(document) for document in batch])
                self._client.delete(self._heads(name), ids)

    def point_alias(self, alias: str, name: str) -> None:
        checked_name(alias)
        with self._doing(f"point alias {alias} at {name}"):
            self._written(name)
            if alias in self._names():
                raise StoreError(f"alias {alias}: a collection has this name")
            # One request, which Qdrant carries out as a whole:
            # https://qdrant.tech/documentation/concepts/collections/#switch-collection
            create = models.CreateAlias(collection_name=self._points(name), alias_name=self._points(alias))
            changes: list[models.AliasOperations] = [models.CreateAliasOperation(create_alias=create)]
            if alias in self._aliases():
                delete = models.DeleteAlias(alias_name=self._points(alias))
                changes.insert(0, models.DeleteAliasOperation(delete_alias=delete))
            self._client.update_collection_aliases(changes)

    def alias(self, alias: str) -> str | None:
        with self._doing(f"look at alias {alias}"):
            return self._aliases().get(alias)

    def drop_alias(self, alias: str) -> None:
        with self._doing(f"drop alias {alias}"):
            if alias in self._aliases():
                delete = models.DeleteAlias(alias_name=self._points(alias))
                self._client.update_collection_aliases([models.DeleteAliasOperation(delete_alias=delete)])

    def close(self) -> None:
        with self._turn:
            self._client.close()

    @contextmanager
    def _doing(self, what: str) -> Generator[None]:
        with faults(what), self._turn:
            yield

    @property
    def _prefix(self) -> str:
        return f"{self._settings.namespace}-"

    def _points(self, name: str) -> str:
        return self._prefix + name

    def _heads(self, name: str) -> str:
        return self._prefix + name + HEADS

    def _walk(self, limit: int, *, exact: bool) -> models.SearchParams | None:
        """Return how the index is searched; the local mode has none."""
        return None if self._local else models.SearchParams(exact=exact, hnsw_ef=max(limit, LEAST_CANDIDATES))

    def _make(self, spec: CollectionSpec) -> None:
        """Make the two collections; the points come last: where they stand, the heads do too."""
        heads = self._heads(spec.name)
        if not self._client.collection_exists(heads):
            self._create(heads, {})
        self._create(
            self._points(spec.name),
            as_qdrant.vectors_of(spec),
            sparse_vectors_config=as_qdrant.sparse_vectors(),
            metadata=as_qdrant.description_of(spec),
        )

    def _create(self, physical: str, vectors: dict[str, models.VectorParams], **more: Any) -> None:
        replicas = self._settings.replication_factor
        with warnings.catch_warnings():
            # The local mode has neither shards nor replicas, and says so.
            warnings.simplefilter("ignore", UserWarning)
            self._client.create_collection(
                physical,
                vectors_config=vectors,
                shard_number=self._settings.shards,
                replication_factor=replicas,
                # Of the replicas that are alive: https://qdrant.tech/documentation/guides/distributed_deployment/
                write_consistency_factor=replicas,
                **more,
            )

    def _names(self) -> list[str]:
        found = (one.name for one in self._client.get_collections().collections)
        return sorted(
            name.removeprefix(self._prefix)
            for name in found
            if name.startswith(self._prefix) and not name.endswith(HEADS)
        )

    def _aliases(self) -> dict[str, str]:
        return {
            one.alias_name.removeprefix(self._prefix): one.collection_name.removeprefix(self._prefix)
            for one in self._client.get_aliases().aliases
            if one.alias_name.startswith(self._prefix)
        }

    def _spec(self, name: str) -> CollectionSpec | None:
        """Return a collection, or what an alias of this name stands for; Qdrant itself follows it."""
        if self._local and not self._client.collection_exists(self._points(name)):
            return None
        try:
            configured = self._client.get_collection(self._points(name)).config
        except UnexpectedResponse as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                return None
            raise
        found = read_description((configured.metadata or {}).get(as_qdrant.DESCRIPTION))
        if found is None:
            raise StoreError(f"collection {self._points(name)}: stands in Qdrant, but was not made by this pipeline")
        return found

    def _existing(self, name: str) -> CollectionSpec:
        found = self._spec(name)
        if found is None:
            standing = ", ".join(self._names()) or "none"
            raise StoreError(f"collection {name!r}: there is none of this name; those that stand: {standing}")
        return found

    def _written(self, name: str) -> CollectionSpec:
        found = self._existing(name)
        if found.name != name:
            raise StoreError(f"collection {name!r}: is an alias; what writes takes the collection's name: {found.name}")
        return found

    def _at_once(self, points: Sequence[Point]) -> int:
        """Return how many points one request holds."""
        largest = max((as_qdrant.most_bytes(point) for point in points), default=1)
        return max(1, min(self._settings.batch_points, MOST_BYTES // largest))

    def _scroll(self, doing: str, physical: str, where: Where | None, *, vectors: bool) -> Iterator[models.Record]:
        offset: Any = None
        while True:
            with self._doing(doing):
                records, offset = self._client.scroll(
                    physical,
                    as_qdrant.filter_of(where),
                    AT_ONCE,
                    offset=offset,
                    with_vectors=[as_qdrant.DENSE] if vectors else False,
                )
            yield from records
            if offset is None:
                return
