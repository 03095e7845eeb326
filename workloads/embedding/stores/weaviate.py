# ruff: noqa: D102 - what the methods do is said by the port
"""Weaviate, 1.32 or newer: the first with aliases.

Everything of a pipeline starts with its namespace: `Embedding_points_docs_...` has the points,
`Embedding_heads_docs_...` the heads, and `Embedding_points_docs` is the alias; Weaviate wants the capital.

Writes wait for every replica, reads ask one: so what was written is read by everybody, and readers do not notice that a
replica is down; a run does, ends as unavailable and is repeated. With ASYNC_INDEXING, vectors are found a little later
than they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from weaviate.classes.query import MetadataQuery
from weaviate.exceptions import UnexpectedStatusCodeError

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.agreement import NAME, check_same, check_vector, checked_name, distinct
from workloads.embedding.stores.described import read_description
from workloads.embedding.stores.exact import nearest
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.standing import Standing
from workloads.embedding.stores.terms import clauses, nothing_meets
from workloads.embedding.stores.weaviate_connection import connected, weaviate_faults
from workloads.embedding.stores.weaviate_objects import WeaviateObjects
from workloads.embedding.stores.weaviate_schema import (
    HEAD,
    POINT,
    SEARCHED,
    filters,
    head_id,
    head_object,
    heads_config,
    object_head,
    object_hit,
    object_point,
    point_object,
    points_config,
)

NOT_FOUND: Final = 404


def open_store(settings: StoreSettings, environ: Mapping[str, str]) -> WeaviateStore:
    """Return the store; it connects now."""
    return WeaviateStore(settings, environ)


class WeaviateStore:
    """Weaviate behind the port."""

    engine: ClassVar[str] = "weaviate"
    has_hybrid: ClassVar[bool] = True

    def __init__(self, settings: StoreSettings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._client = connected(settings, environ)
        self._standing = Standing(self)

    def create(self, spec: CollectionSpec) -> None:
        standing = self.spec(spec.name)
        if standing and standing.name != spec.name:
            raise StoreError(f"weaviate: {spec.name}: is an alias of {standing.name} and can't be a collection as well")
        if standing:
            check_same(standing, spec)
        # Heads first: the collection of points is what says that there is a collection.
        for collection, config in (
            (self._called("heads", spec.name), heads_config(self._settings)),
            (self._called("points", spec.name), points_config(spec, self._settings)),
        ):
            with weaviate_faults(collection):
                if not self._client.collections.exists(collection):
                    self._client.collections.create(collection, **config)

    def spec(self, name: str) -> CollectionSpec | None:
        collection = self._called("points", name)
        with weaviate_faults(collection):
            try:
                found = self._client.collections.use(collection).config.get(simple=True)
            except UnexpectedStatusCodeError as error:
                if error.status_code == NOT_FOUND:
                    return None
                raise
        spec = read_description(found.description)
        return spec if spec and found.name == self._called("points", spec.name) else None

    def names(self) -> list[str]:
        with weaviate_faults(self._settings.url):
            standing = self._client.collections.list_all(simple=True)
        specs = [(name, read_description(found.description)) for name, found in standing.items()]
        return sorted(
            spec.name
            for name, spec in specs
            if spec and NAME.fullmatch(spec.name) and name == self._called("points", spec.name)
        )

    def drop(self, name: str) -> None:
        self._standing.forget(name)
        if not self._standing.has(name):
            return
        points = self._called("points", name)
        with weaviate_faults(points):
            for alias in self._client.alias.list_all(collection=points):
                self._client.alias.delete(alias_name=alias)
            # Points last: as long as they stand, a drop that was interrupted is seen and can be repeated.
            self._client.collections.delete(self._called("heads", name))
            self._client.collections.delete(points)

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        written = distinct(self._standing.writable(name), points)
        self._points(name).insert([point_object(point) for point in written])

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("where is empty: that would delete every point; drop the collection instead")
        self._standing.writable(name)
        asked = clauses(where)
        if not nothing_meets(asked):
            self._points(name).delete(filters(asked))

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        """Exact search reads every point, as Weaviate has no exact search beside its graph."""
        spec = self._standing.readable(name)
        check_vector(spec, vector, "the query")
        if exact:
            return nearest(self.export(spec.name, where), vector, spec.metric, limit)
        asked = clauses(where)
        if nothing_meets(asked):
            return []
        with weaviate_faults(name):
            found = self._points(spec.name).query.near_vector(
                vector.tolist(),
                limit=limit,
                filters=filters(asked),
                return_properties=POINT,
                return_metadata=MetadataQuery(distance=True),
            )
        return [object_hit(each, spec.metric) for each in found.objects]

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        """Nearness and BM25 in equal parts, merged by Weaviate by relative scores."""
        spec = self._standing.readable(name)
        check_vector(spec, vector, "the query")
        asked = clauses(where)
        if nothing_meets(asked):
            return []
        with weaviate_faults(name):
            found = self._points(spec.name).query.hybrid(
                text,
                vector=vector.tolist(),
                alpha=0.5,
                limit=limit,
                filters=filters(asked),
                query_properties=SEARCHED,
                return_properties=POINT,
                return_metadata=MetadataQuery(score=True),
            )
        return [object_hit(each, None) for each in found.objects]

    def count(self, name: str, where: Where | None = None) -> int:
        points = self._points(self._standing.readable(name).name)
        asked = clauses(where)
        return 0 if nothing_meets(asked) else points.count(asked)

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        points = self._points(self._standing.readable(name).name)
        asked = clauses(where)
        if nothing_meets(asked):
            return
        found = points.matching(asked, POINT, vectors=True) if asked else points.every(POINT, vectors=True)
        yield from map(object_point, found)

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        self._standing.writable(name)
        last = {head.document: head for head in heads}
        self._heads(name).insert([head_object(head) for head in last.values()])

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        heads = self._heads(self._standing.readable(name).name)
        if documents is None:
            yield from map(object_head, heads.every(HEAD))
            return
        yield from map(object_head, heads.by_id([head_id(document) for document in dict.fromkeys(documents)], HEAD))

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        self._standing.writable(name)
        self._heads(name).delete_by_id([head_id(document) for document in documents])

    def point_alias(self, alias: str, name: str) -> None:
        self._standing.writable(name)
        if self._standing.has(alias):
            raise StoreError(f"weaviate: {alias}: is a collection and can't be an alias as well")
        pointer, points = self._called("points", alias), self._called("points", name)
        with weaviate_faults(pointer):
            if not self._client.alias.update(alias_name=pointer, new_target_collection=points):
                self._client.alias.create(alias_name=pointer, target_collection=points)

    def alias(self, alias: str) -> str | None:
        pointer = self._called("points", alias)
        with weaviate_faults(pointer):
            found = self._client.alias.get(alias_name=pointer)
        return found.collection.removeprefix(self._prefix("points")) if found else None

    def drop_alias(self, alias: str) -> None:
        pointer = self._called("points", alias)
        with weaviate_faults(pointer):
            self._client.alias.delete(alias_name=pointer)

    def close(self) -> None:
        self._client.close()

    def _prefix(self, kind: str) -> str:
        return f"{self._settings.namespace.capitalize()}_{kind}_"

    def _called(self, kind: str, name: str) -> str:
        return self._prefix(kind) + checked_name(name)

    def _points(self, name: str) -> WeaviateObjects:
        return WeaviateObjects(self._client, self._called("points", name), self._settings.batch_points)

    def _heads(self, name: str) -> WeaviateObjects:
        return WeaviateObjects(self._client, self._called("heads", name), self._settings.batch_points)
