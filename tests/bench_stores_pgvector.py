"""PostgreSQL's own bulk path: one binary COPY straight into the table, as pgvector's documentation advises."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.types.json import Jsonb

from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings

COLUMNS = {
    "id": "uuid",
    "embedding": "vector",
    "document": "text",
    "version": "text",
    "ordinal": "int4",
    "text": "text",
    "heading": "text",
    "metadata": "jsonb",
}


def bulk_write(
    settings: StoreSettings, environ: Mapping[str, str], spec: CollectionSpec, points: Sequence[Point]
) -> float:
    """Write points; see `tests.bench_stores`."""
    del environ
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(settings.namespace, f"points_{spec.name}"),
        sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
    )
    with psycopg.connect(settings.url) as connection:
        register_vector(connection)
        start = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(COLUMNS.values()))
            for point in points:
                copy.write_row(
                    (
                        *(UUID(point.id), Vector(point.vector), point.document, point.version, point.ordinal),
                        *(point.text, point.heading, Jsonb(dict(point.metadata), dumps=json.dumps)),
                    )
                )
        connection.commit()
        return time.perf_counter() - start
