"""The tables of a collection, and what is written and read of the pipeline's registry.

The registry (collections, aliases, heads) is made by the migrations; the table of a collection's points with its
indexes by `create_points`, because its dimension is known then. All names are qualified with the pipeline's schema; the
extension's own types and operators are found on the search path.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import sql

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec, Metric
from workloads.embedding.stores.pgvector_connections import Connection

MOST_INDEXED_DIMENSIONS: Final = 2000
"""Of a `vector` in an HNSW index, https://github.com/pgvector/pgvector#hnsw"""
MOST_HALVED_DIMENSIONS: Final = 4000
"""Of a `halfvec`: floats of 16 bits in the index, while the table keeps those of 32."""
DISTANCE: Final[dict[Metric, sql.SQL]] = {"cosine": sql.SQL("<=>"), "dot": sql.SQL("<#>"), "euclidean": sql.SQL("<->")}
OPERATORS: Final[dict[Metric, str]] = {"cosine": "cosine_ops", "dot": "ip_ops", "euclidean": "l2_ops"}
LANGUAGE: Final = sql.SQL("'english'")
"""Of the stemmer for keywords. Other languages are found too: their words are cut the same way in text and query."""


def points_table(namespace: str, name: str) -> sql.Identifier:
    """Return the table with a collection's points."""
    return sql.Identifier(namespace, f"points_{name}")


def is_halved(spec: CollectionSpec) -> bool:
    """Whether the index holds floats of 16 bits."""
    return spec.index == "hnsw" and spec.dimension > MOST_INDEXED_DIMENSIONS


def indexed(spec: CollectionSpec, expression: sql.Composable) -> sql.Composable:
    """Return a vector as the index holds it."""
    return sql.SQL("({}::halfvec({}))").format(expression, spec.dimension) if is_halved(spec) else expression


def create_points(connection: Connection, namespace: str, spec: CollectionSpec) -> None:
    """Make the table of a collection's points and its indexes."""
    if spec.index == "hnsw" and spec.dimension > MOST_HALVED_DIMENSIONS:
        raise StoreError(
            f"collection {spec.name}: {spec.dimension} dimensions are more than the {MOST_HALVED_DIMENSIONS} that "
            "pgvector's hnsw index takes; index: flat takes 16000"
        )
    table = points_table(namespace, spec.name)
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} (id uuid PRIMARY KEY, embedding vector({}) NOT NULL, document text NOT NULL,"
            " version text NOT NULL, ordinal integer NOT NULL, text text NOT NULL, heading text NOT NULL,"
            " metadata jsonb NOT NULL, terms tsvector NOT NULL"
            " GENERATED ALWAYS AS (to_tsvector({}, heading || ' ' || text)) STORED)"
        ).format(table, spec.dimension, LANGUAGE)
    )
    connection.execute(sql.SQL("CREATE INDEX ON {} (document, version)").format(table))
    connection.execute(sql.SQL("CREATE INDEX ON {} USING gin (metadata jsonb_path_ops)").format(table))
    connection.execute(sql.SQL("CREATE INDEX ON {} USING gin (terms)").format(table))
    if spec.index == "hnsw":
        operators = f"{'halfvec' if is_halved(spec) else 'vector'}_{OPERATORS[spec.metric]}"
        connection.execute(
            sql.SQL("CREATE INDEX ON {} USING hnsw ({} {}) WITH (m = {}, ef_construction = {})").format(
                table,
                indexed(spec, sql.Identifier("embedding")),
                sql.Identifier(operators),
                spec.hnsw_m,
                spec.hnsw_ef_construction,
            )
        )


def register(connection: Connection, namespace: str, spec: CollectionSpec) -> None:
    """Write what a collection is."""
    connection.execute(
        sql.SQL("INSERT INTO {} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)").format(
            sql.Identifier(namespace, "collections")
        ),
        [
            *(spec.name, spec.dimension, spec.metric, spec.model, spec.revision, spec.chunker),
            *(spec.index, spec.hnsw_m, spec.hnsw_ef_construction),
        ],
    )


def registered(connection: Connection, namespace: str, name: str, *, or_alias: bool) -> CollectionSpec | None:
    """Return what a collection was made as; None where there is none."""
    query = sql.SQL(
        "SELECT name, dimension, metric, model, revision, chunker, index, hnsw_m, hnsw_ef_construction FROM {}"
        " WHERE name = coalesce((SELECT collection FROM {} WHERE alias = %s AND %s), %s)"
    ).format(sql.Identifier(namespace, "collections"), sql.Identifier(namespace, "aliases"))
    row: tuple[Any, ...] | None = connection.execute(query, [name, or_alias, name]).fetchone()
    return CollectionSpec(*row) if row else None
