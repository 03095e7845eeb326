# ruff: noqa: D102 - what the methods do is said by the port
"""Pinecone: one index, a namespace for each collection.

Of a pipeline with the namespace `embedding`: `embedding_points_docs_...` has the points of a collection,
`embedding_heads_docs_...` its heads, and `embedding_registry` a record for each collection and each alias; a record is
written as a whole, which is what makes the switch of an alias atomic. Records that need no vector have a fixed one.

Pinecone reads what was written with a delay, so every write waits until it is seen. An index has one dimension and one
metric; see `pinecone_vectors` for which collections it can hold. The service itself was not in reach when this was
written: it is tested through its own client against a stand-in that follows the published API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.agreement import check_same, check_vector, checked_name, distinct
from workloads.embedding.stores.described import described, read_description
from workloads.embedding.stores.exact import nearest
from workloads.embedding.stores.pinecone_connection import PineconeConnection
from workloads.embedding.stores.pinecone_records import (
    head_id,
    head_record,
    matching,
    point_record,
    record_head,
    record_hit,
    record_point,
)
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.standing import Standing
from workloads.embedding.stores.terms import clauses, nothing_meets

COLLECTION: Final = "collection:"
ALIAS: Final = "alias:"


def open_store(settings: StoreSettings, environ: Mapping[str, str]) -> PineconeStore:
    """Return the store; it connects at the first call."""
    return PineconeStore(settings, environ)


class PineconeStore:
    """Pinecone behind the port."""

    engine: ClassVar[str] = "pinecone"
    has_hybrid: ClassVar[bool] = False

    def __init__(self, settings: StoreSettings, environ: Mapping[str, str]) -> None:
        self._namespace = settings.namespace
        self._index = PineconeConnection(settings, environ)
        self._standing = Standing(self)

    def create(self, spec: CollectionSpec) -> None:
        """Refuses also what the index can't hold. Namespaces come to be with their first record."""
        standing = self._collection(spec.name)
        if standing:
            check_same(standing, spec)
            return
        if named := self.alias(spec.name):
            raise StoreError(f"pinecone: {spec.name}: is an alias of {named} and can't be a collection as well")
        self._index.shape.require_room(spec)
        # Reads may be late: that a collection's record is not seen is no reason to take over or delete what stands.
        held = [each for each in (self._points(spec.name), self._heads(spec.name)) if any(self._index.ids(each))]
        if held:
            raise StoreUnavailableError(
                f"pinecone: {spec.name}: {' and '.join(held)} hold records, but Pinecone does not show the collection; "
                "try again, and if it stays so, delete these namespaces by hand"
            )
        self._register(COLLECTION, spec.name, described(spec))

    def spec(self, name: str) -> CollectionSpec | None:
        standing = self._collection(name)
        if standing is None and (named := self.alias(name)):
            standing = self._collection(named)
        return standing

    def names(self) -> list[str]:
        return sorted(found.removeprefix(COLLECTION) for found in self._index.ids(self._registry, COLLECTION))

    def drop(self, name: str) -> None:
        self._standing.forget(name)
        if not self._collection(name):
            return
        for alias in list(self._index.ids(self._registry, ALIAS)):
            if self.alias(alias.removeprefix(ALIAS)) == name:
                self._index.delete(self._registry, [alias])
        # Its record last: as long as it stands, a drop that was interrupted is seen and can be repeated.
        self._index.empty(self._heads(name))
        self._index.empty(self._points(name))
        self._index.delete(self._registry, [COLLECTION + name])

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        spec = self._standing.writable(name)
        written = distinct(spec, points)
        self._index.upsert(self._points(name), [point_record(point, spec, self._index.shape) for point in written])

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("where is empty: that would delete every point; drop the collection instead")
        self._standing.writable(name)
        asked = clauses(where)
        if not nothing_meets(asked):
            self._index.delete_matching(self._points(name), matching(asked))

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        """Exact search reads every point, as Pinecone has no exact search beside its index."""
        spec = self._standing.readable(name)
        check_vector(spec, vector, "the query")
        if exact:
            return nearest(self.export(spec.name, where), vector, spec.metric, limit)
        asked = clauses(where)
        if nothing_meets(asked):
            return []
        shape, namespace = self._index.shape, self._points(spec.name)
        # Ids first: with texts in it, an answer of some hundred records would be larger than Pinecone gives.
        found = self._index.query(namespace, shape.asked(spec, vector).tolist(), limit, matching(asked))
        scores = {match.id: shape.score(spec, vector, match.score) for match in found}
        records = {record["id"]: record for record in self._index.fetch(namespace, list(scores))}
        return [record_hit(records[each], score) for each, score in scores.items() if each in records]

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        """Pinecone leaves making sparse vectors of texts to its user or to its own models."""
        del vector, text, limit, where
        raise StoreError(f"pinecone: {name}: has no hybrid search: Pinecone makes no keywords of texts by itself")

    def count(self, name: str, where: Where | None = None) -> int:
        """Pinecone counts late and without filters, so this lists, or with a filter reads, the points."""
        namespace = self._points(self._standing.readable(name).name)
        asked = clauses(where)
        if nothing_meets(asked):
            return 0
        found = self._index.matching(namespace, matching(asked)) if asked else self._index.ids(namespace)
        return sum(1 for _ in found)

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        spec = self._standing.readable(name)
        asked = clauses(where)
        if nothing_meets(asked):
            return
        namespace = self._points(spec.name)
        found = self._index.matching(namespace, matching(asked)) if asked else self._index.every(namespace)
        yield from (record_point(record, spec, self._index.shape) for record in found)

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        self._standing.writable(name)
        last = {head.document: head for head in heads}
        placeholder = self._index.placeholder
        self._index.put(self._heads(name), [head_record(head, placeholder) for head in last.values()])

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        namespace = self._heads(self._standing.readable(name).name)
        if documents is None:
            yield from map(record_head, self._index.every(namespace))
            return
        ids = [head_id(document) for document in dict.fromkeys(documents)]
        yield from map(record_head, self._index.fetch(namespace, ids))

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        self._standing.writable(name)
        self._index.delete(self._heads(name), [head_id(document) for document in dict.fromkeys(documents)])

    def point_alias(self, alias: str, name: str) -> None:
        self._standing.writable(name)
        if self._collection(alias):
            raise StoreError(f"pinecone: {alias}: is a collection and can't be an alias as well")
        self._register(ALIAS, alias, name)

    def alias(self, alias: str) -> str | None:
        return self._read(ALIAS, alias)

    def drop_alias(self, alias: str) -> None:
        self._index.delete(self._registry, [ALIAS + checked_name(alias)])

    def close(self) -> None:
        self._index.close()

    @property
    def _registry(self) -> str:
        return f"{self._namespace}_registry"

    def _points(self, name: str) -> str:
        return f"{self._namespace}_points_{checked_name(name)}"

    def _heads(self, name: str) -> str:
        return f"{self._namespace}_heads_{checked_name(name)}"

    def _register(self, kind: str, name: str, content: str) -> None:
        record = {"id": kind + name, "values": self._index.placeholder, "metadata": {"content": content}}
        self._index.put(self._registry, [record])

    def _read(self, kind: str, name: str) -> str | None:
        found = next(self._index.fetch(self._registry, [kind + checked_name(name)]), None)
        return found["metadata"]["content"] if found else None

    def _collection(self, name: str) -> CollectionSpec | None:
        return read_description(self._read(COLLECTION, name))
