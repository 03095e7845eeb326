# ruff: noqa: D102 - what the methods do is said by the port
"""Milvus: a server or cluster, or Milvus Lite on a file.

Everything of a pipeline starts with its namespace: `embedding_points_docs_...` has the points,
`embedding_heads_docs_...` the heads, and `embedding_points_docs` is the alias.

Collections are made with strong consistency: what was written is read by everybody, at the price of waiting for the
time tick (200 ms by default) on a cluster that is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from pymilvus import AnnSearchRequest, RRFRanker

from workloads.embedding.faults import RefusedPointsError, StoreError
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.settings import StoreSettings
from workloads.embedding.slices import slices
from workloads.embedding.stores.agreement import NAME, check_same, check_vector, checked_name, distinct
from workloads.embedding.stores.described import described, read_description
from workloads.embedding.stores.exact import nearest
from workloads.embedding.stores.milvus_connection import MilvusConnection
from workloads.embedding.stores.milvus_schema import (
    HEAD,
    POINT,
    expression,
    head_id,
    head_row,
    heads_indexes,
    heads_schema,
    point_row,
    points_indexes,
    points_schema,
    row_hit,
    row_point,
    too_long,
)
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.standing import Standing
from workloads.embedding.stores.terms import clauses, nothing_meets

DESCRIPTION: Final = "embedding.collection"
"""Property of a collection; Lite forgets what Milvus calls the description."""
IDS_AT_ONCE: Final = 1000
LEAST_CANDIDATES: Final = 128


def open_store(settings: StoreSettings, environ: Mapping[str, str]) -> MilvusStore:
    """Return the store; it connects now."""
    return MilvusStore(settings, environ)


class MilvusStore:
    """Milvus behind the port."""

    engine: ClassVar[str] = "milvus"
    has_hybrid: ClassVar[bool] = True

    def __init__(self, settings: StoreSettings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._connection = MilvusConnection(settings, environ)
        self._client = self._connection.client
        self._standing = Standing(self)

    def create(self, spec: CollectionSpec) -> None:
        """Each step is left out where it is done already, so that a run that ended between goes on."""
        standing = self.spec(spec.name)
        if standing and standing.name != spec.name:
            raise StoreError(f"milvus: {spec.name}: is an alias of {standing.name} and can't be a collection as well")
        if standing:
            check_same(standing, spec)
        # Heads first: the collection of points is what says that there is a collection.
        self._connection.make(self._heads(spec.name), heads_schema(), heads_indexes(), {})
        indexes = points_indexes(spec, filters=self._connection.indexes_filters)
        self._connection.make(self._points(spec.name), points_schema(spec), indexes, {DESCRIPTION: described(spec)})

    def spec(self, name: str) -> CollectionSpec | None:
        found = self._connection.find(self._points(name), self._client.describe_collection)
        if found is None:
            return None
        spec = read_description(found["properties"].get(DESCRIPTION))
        return spec if spec and found["collection_name"] == self._points(spec.name) else None

    def names(self) -> list[str]:
        prefix = f"{self._settings.namespace}_points_"
        standing = self._connection.ask(self._settings.url, self._client.list_collections)
        candidates = [name.removeprefix(prefix) for name in standing if name.startswith(prefix)]
        return sorted(name for name in candidates if NAME.fullmatch(name) and self._standing.has(name))

    def drop(self, name: str) -> None:
        self._standing.forget(name)
        if not self._standing.has(name):
            return
        pointing = self._connection.ask(name, self._client.list_aliases, collection_name=self._points(name))
        for alias in pointing.get("aliases", ()):
            self._connection.ask(name, self._client.drop_alias, alias)
        # Points last: as long as they stand, a drop that was interrupted is seen and can be repeated.
        self._connection.ask(name, self._client.drop_collection, self._heads(name))
        self._connection.ask(name, self._client.drop_collection, self._points(name))

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        # Distinct: of two rows with one key in a request, Milvus may keep both.
        rows = [point_row(point) for point in distinct(self._standing.writable(name), points)]
        if refused := {row["id"]: reason for row in rows if (reason := too_long(row))}:
            raise RefusedPointsError(refused)
        for batch in slices(rows, self._settings.batch_points):
            self._connection.ask_loaded(self._points(name), self._client.upsert, data=batch)

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("where is empty: that would delete every point; drop the collection instead")
        self._standing.writable(name)
        asked = clauses(where)
        if not nothing_meets(asked):
            self._connection.ask_loaded(self._points(name), self._client.delete, filter=expression(asked))

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        """Exact search reads every point, as Milvus has no exact search beside an index."""
        spec = self._standing.readable(name)
        check_vector(spec, vector, "the query")
        if exact:
            return nearest(self.export(spec.name, where), vector, spec.metric, limit)
        asked = clauses(where)
        if nothing_meets(asked):
            return []
        found = self._connection.ask_loaded(
            self._points(spec.name),
            self._client.search,
            data=[vector],
            anns_field="vector",
            filter=expression(asked),
            limit=limit,
            output_fields=POINT,
            search_params=_search_params(spec, limit),
        )
        return [row_hit(hit, spec.metric) for hit in found[0]]

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        """Nearness and BM25, merged by Milvus by reciprocal ranks."""
        spec = self._standing.readable(name)
        check_vector(spec, vector, "the query")
        asked = clauses(where)
        if nothing_meets(asked):
            return []
        near = AnnSearchRequest([vector], "vector", _search_params(spec, limit), limit, expr=expression(asked))
        worded = AnnSearchRequest([text], "keywords", {"metric_type": "BM25"}, limit, expr=expression(asked))
        found = self._connection.ask_loaded(
            self._points(spec.name),
            self._client.hybrid_search,
            reqs=[near, worded],
            ranker=RRFRanker(),
            limit=limit,
            output_fields=POINT,
        )
        return [row_hit(hit, None) for hit in found[0]]

    def count(self, name: str, where: Where | None = None) -> int:
        points = self._points(self._standing.readable(name).name)
        asked = clauses(where)
        if nothing_meets(asked):
            return 0
        found = self._connection.ask_loaded(
            points, self._client.query, filter=expression(asked), output_fields=["count(*)"]
        )
        return int(found[0]["count(*)"])

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        points = self._points(self._standing.readable(name).name)
        asked = clauses(where)
        if not nothing_meets(asked):
            yield from map(row_point, self._connection.rows(points, expression(asked), [*POINT, "vector"]))

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        self._standing.writable(name)
        rows = [head_row(head) for head in {head.document: head for head in heads}.values()]
        for batch in slices(rows, IDS_AT_ONCE):
            self._connection.ask_loaded(self._heads(name), self._client.upsert, data=batch)

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        heads = self._heads(self._standing.readable(name).name)
        if documents is None:
            yield from (_head(row) for row in self._connection.rows(heads, "", HEAD))
            return
        for batch in slices([head_id(document) for document in dict.fromkeys(documents)], IDS_AT_ONCE):
            rows = self._connection.ask_loaded(heads, self._client.query, ids=batch, output_fields=HEAD)
            yield from map(_head, rows)

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        self._standing.writable(name)
        for batch in slices([head_id(document) for document in documents], IDS_AT_ONCE):
            self._connection.ask_loaded(self._heads(name), self._client.delete, ids=batch)

    def point_alias(self, alias: str, name: str) -> None:
        self._standing.writable(name)
        if self._standing.has(alias):
            raise StoreError(f"milvus: {alias}: is a collection and can't be an alias as well")
        change = self._client.alter_alias if self.alias(alias) else self._client.create_alias
        self._connection.ask(alias, change, self._points(name), self._points(alias))

    def alias(self, alias: str) -> str | None:
        found = self._connection.find(self._points(alias), self._client.describe_alias)
        return found["collection_name"].removeprefix(f"{self._settings.namespace}_points_") if found else None

    def drop_alias(self, alias: str) -> None:
        if self.alias(alias):
            self._connection.ask(alias, self._client.drop_alias, self._points(alias))

    def close(self) -> None:
        self._connection.close()

    def _points(self, name: str) -> str:
        return f"{self._settings.namespace}_points_{checked_name(name)}"

    def _heads(self, name: str) -> str:
        return f"{self._settings.namespace}_heads_{checked_name(name)}"


def _search_params(spec: CollectionSpec, limit: int) -> dict[str, Any]:
    # `ef` is how many candidates the graph's search keeps: never fewer than are asked for.
    return {"params": {"ef": max(limit, LEAST_CANDIDATES)}} if spec.index == "hnsw" else {}


def _head(row: Mapping[str, Any]) -> Head:
    return Head(**{key: row[key] for key in HEAD})
