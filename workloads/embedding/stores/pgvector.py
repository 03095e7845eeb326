# ruff: noqa: D102 - what the methods do is said by the port
"""PostgreSQL with pgvector as a vector store: a table for each collection, heads and aliases as rows of the registry.

Bulk writes go by COPY into a temporary table and from there by one INSERT, which leaves rows alone that are the same
already. An alias is a row: one UPDATE moves it. Calls from several threads each have a connection of their own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Final
from uuid import UUID

from pgvector import Vector as PgVector
from psycopg import sql

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.settings import StoreSettings
from workloads.embedding.slices import slices
from workloads.embedding.stores.agreement import check_same, check_vector, checked_name, distinct
from workloads.embedding.stores.pgvector_connections import Connect, Connection, Connections, connector
from workloads.embedding.stores.pgvector_faults import faults
from workloads.embedding.stores.pgvector_filter import condition, jsonb, storable
from workloads.embedding.stores.pgvector_search import fused, nearest
from workloads.embedding.stores.pgvector_tables import create_points, points_table, register, registered
from workloads.embedding.stores.port import Where

ROWS_AT_ONCE: Final = 500
"""Of what is streamed from the server: 384 dimensions make about 2 MB."""
COLUMNS: Final = ("embedding", "document", "version", "ordinal", "text", "heading", "metadata")
TYPES: Final = ("uuid", "vector", "text", "text", "int4", "text", "text", "jsonb")
INCOMING: Final = sql.Identifier("pg_temp", "incoming_points")


def open_store(settings: StoreSettings, environ: Mapping[str, str]) -> PgvectorStore:
    """Return a store; nothing is connected yet."""
    return PgvectorStore(connector(settings, environ), settings.namespace, settings.timeout_seconds)


class PgvectorStore:
    """The collections of one schema."""

    engine: ClassVar[str] = "pgvector"
    has_hybrid: ClassVar[bool] = True

    def __init__(self, connect: Connect, namespace: str, timeout_seconds: float) -> None:
        self._connections = Connections(connect)
        self._namespace = namespace
        self._seconds = timeout_seconds

    def create(self, spec: CollectionSpec) -> None:
        with self._use(f"create collection {spec.name}") as connection, connection.transaction():
            checked_name(spec.name)
            self._lock(connection)
            if standing := registered(connection, self._namespace, spec.name, or_alias=False):
                check_same(standing, spec)
                return
            if self._named(connection, spec.name):
                raise StoreError(f"collection {spec.name}: an alias has this name")
            register(connection, self._namespace, spec)
            create_points(connection, self._namespace, spec)

    def spec(self, name: str) -> CollectionSpec | None:
        with self._use(f"look at collection {name}") as connection:
            return registered(connection, self._namespace, name, or_alias=True)

    def names(self) -> list[str]:
        with self._use("list collections") as connection:
            return self._names(connection)

    def drop(self, name: str) -> None:
        with self._use(f"drop collection {name}") as connection, connection.transaction():
            self._lock(connection)
            # Heads and aliases go with it.
            gone = connection.execute(self._of("DELETE FROM {} WHERE name = %s", "collections"), [name])
            if gone.rowcount:
                connection.execute(sql.SQL("DROP TABLE {}").format(points_table(self._namespace, name)))

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        with self._use(f"write points into {name}") as connection, connection.transaction():
            spec = self._existing(connection, name, or_alias=False)
            written = distinct(spec, points)
            if not written:
                return
            connection.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS {} (id uuid, embedding vector, document text, version text,"
                    " ordinal integer, text text, heading text, metadata jsonb) ON COMMIT DELETE ROWS"
                ).format(INCOMING)
            )
            _copy(connection, written)
            connection.execute(_insert(points_table(self._namespace, name)))

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("an empty filter would delete every point; drop the collection instead")
        with self._use(f"delete points of {name}") as connection:
            self._existing(connection, name, or_alias=False)
            filtered, parameters = condition(where)
            table = points_table(self._namespace, name)
            connection.execute(sql.SQL("DELETE FROM {} AS point WHERE {}").format(table, filtered), parameters)

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        with self._use(f"search {name}") as connection:
            spec = self._existing(connection, name)
            check_vector(spec, vector, "the query")
            exact = exact or spec.index == "flat"
            found = nearest(connection, self._namespace, spec, vector, limit, where, exact=exact, seconds=self._seconds)
            if len(found) < limit and not exact:
                # The walk through the graph gives up after hnsw.max_scan_tuples: so few match that each can be seen.
                found = nearest(
                    connection, self._namespace, spec, vector, limit, where, exact=True, seconds=self._seconds
                )
            return found

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        with self._use(f"search {name}") as connection:
            spec = self._existing(connection, name)
            check_vector(spec, vector, "the query")
            return fused(connection, self._namespace, spec, vector, text, limit, where, seconds=self._seconds)

    def count(self, name: str, where: Where | None = None) -> int:
        with self._use(f"count points of {name}") as connection:
            table = points_table(self._namespace, self._existing(connection, name).name)
            filtered, parameters = condition(where)
            query = sql.SQL("SELECT count(*) FROM {} AS point WHERE {}").format(table, filtered)
            row = connection.execute(query, parameters).fetchone()
            return int(row[0]) if row else 0

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        with self._use(f"export {name}") as connection, connection.transaction():
            table = points_table(self._namespace, self._existing(connection, name).name)
            filtered, parameters = condition(where)
            columns = sql.SQL(", ").join([sql.Identifier("id"), *map(sql.Identifier, COLUMNS)])
            query = sql.SQL("SELECT {} FROM {} AS point WHERE {}").format(columns, table, filtered)
            with connection.cursor("export") as cursor:
                cursor.itersize = ROWS_AT_ONCE
                for identity, vector, *fields in cursor.execute(query, parameters, binary=True):
                    yield Point(str(identity), vector.to_numpy(), *fields)

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        with self._use(f"write heads of {name}") as connection:
            self._existing(connection, name, or_alias=False)
            last = sorted({head.document: head for head in heads}.values(), key=lambda head: head.document)
            connection.execute(
                self._of(
                    "INSERT INTO {} (collection, document, version, chunks, source_tag)"
                    " SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[])"
                    " ON CONFLICT (collection, document) DO UPDATE"
                    " SET version = EXCLUDED.version, chunks = EXCLUDED.chunks, source_tag = EXCLUDED.source_tag",
                    "heads",
                ),
                [
                    *(name, [head.document for head in last], [head.version for head in last]),
                    *([head.chunks for head in last], [head.source_tag for head in last]),
                ],
            )

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        columns, doing = (
            "SELECT document, version, chunks, source_tag FROM {} WHERE collection = %s",
            f"heads of {name}",
        )
        if documents is None:
            with self._use(f"read {doing}") as connection, connection.transaction():
                collection = self._existing(connection, name).name
                with connection.cursor("heads") as cursor:
                    cursor.itersize = ROWS_AT_ONCE
                    for row in cursor.execute(self._of(columns, "heads"), [collection]):
                        yield Head(*row)
            return
        # Every search asks for some, and a proxy keeps a server for each session that declares a cursor.
        query = self._of(f"{columns} AND document = ANY(%s::text[])", "heads")
        with self._use(f"read {doing}") as connection:
            collection = self._existing(connection, name).name
            parts = slices(list(dict.fromkeys(documents)), ROWS_AT_ONCE)
            found = [connection.execute(query, [collection, part]).fetchall() for part in parts]
        yield from (Head(*row) for rows in found for row in rows)

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        with self._use(f"delete heads of {name}") as connection:
            self._existing(connection, name, or_alias=False)
            query = self._of("DELETE FROM {} WHERE collection = %s AND document = ANY(%s::text[])", "heads")
            connection.execute(query, [name, list(documents)])

    def point_alias(self, alias: str, name: str) -> None:
        with self._use(f"point alias {alias} at {name}") as connection, connection.transaction():
            checked_name(alias)
            self._lock(connection)
            self._existing(connection, name, or_alias=False)
            if registered(connection, self._namespace, alias, or_alias=False):
                raise StoreError(f"alias {alias}: a collection has this name")
            connection.execute(
                self._of(
                    "INSERT INTO {} VALUES (%s, %s) ON CONFLICT (alias) DO UPDATE SET collection = EXCLUDED.collection",
                    "aliases",
                ),
                [alias, name],
            )

    def alias(self, alias: str) -> str | None:
        with self._use(f"look at alias {alias}") as connection:
            return self._named(connection, alias)

    def drop_alias(self, alias: str) -> None:
        with self._use(f"drop alias {alias}") as connection:
            connection.execute(self._of("DELETE FROM {} WHERE alias = %s", "aliases"), [alias])

    def close(self) -> None:
        self._connections.close()

    @contextmanager
    def _use(self, doing: str) -> Generator[Connection]:
        with faults(doing), self._connections.use() as connection:
            yield connection

    def _of(self, query: str, table: str) -> sql.Composed:
        """Return a query about a table of the registry."""
        return sql.SQL(query).format(sql.Identifier(self._namespace, table))  # pyright: ignore[reportArgumentType] - literals of this file

    def _lock(self, connection: Connection) -> None:
        """Let nobody else make or remove collections and aliases until the transaction ends."""
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"embedding/{self._namespace}"])

    def _names(self, connection: Connection) -> list[str]:
        rows = connection.execute(self._of('SELECT name FROM {} ORDER BY name COLLATE "C"', "collections"))
        return [name for (name,) in rows]

    def _named(self, connection: Connection, alias: str) -> str | None:
        query = self._of("SELECT collection FROM {} WHERE alias = %s", "aliases")
        row = connection.execute(query, [alias]).fetchone()
        return row[0] if row else None

    def _existing(self, connection: Connection, name: str, *, or_alias: bool = True) -> CollectionSpec:
        found = registered(connection, self._namespace, name, or_alias=or_alias)
        if found is None:
            standing = ", ".join(self._names(connection)) or "none"
            raise StoreError(f"collection {name!r}: there is none of this name; those that stand: {standing}")
        return found


def _copy(connection: Connection, points: Sequence[Point]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(INCOMING)) as copy,
    ):
        copy.set_types(TYPES)
        for point in points:
            copy.write_row(
                (
                    *(UUID(point.id), PgVector(point.vector), point.document, point.version, point.ordinal),
                    *(storable(point.text), storable(point.heading), jsonb(point.metadata)),
                )
            )


def _insert(table: sql.Identifier) -> sql.Composed:
    columns = [sql.Identifier(column) for column in COLUMNS]
    return sql.SQL(
        "INSERT INTO {table} AS standing (id, {columns}) SELECT id, {columns} FROM {incoming} ORDER BY id"
        " ON CONFLICT (id) DO UPDATE SET {assignments} WHERE ({standing}) IS DISTINCT FROM ({incoming_columns})"
    ).format(
        table=table,
        columns=sql.SQL(", ").join(columns),
        incoming=INCOMING,
        assignments=sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(column) for column in columns),
        standing=sql.SQL(", ").join(sql.SQL("standing.{}").format(column) for column in columns),
        incoming_columns=sql.SQL(", ").join(sql.SQL("EXCLUDED.{}").format(column) for column in columns),
    )
