"""Searches in PostgreSQL: by nearness, and by nearness and keywords together."""

from __future__ import annotations

from typing import Any, Final, LiteralString

from psycopg import sql

from workloads.embedding.records import CollectionSpec, Hit, Metric, Vector
from workloads.embedding.stores.pgvector_connections import Connection
from workloads.embedding.stores.pgvector_filter import condition, storable
from workloads.embedding.stores.pgvector_tables import DISTANCE, LANGUAGE, indexed, is_halved, points_table
from workloads.embedding.stores.port import Where

LEAST_CANDIDATES: Final = 100
MOST_CANDIDATES: Final = 1000
"""The limit of `hnsw.ef_search`; what goes beyond it comes by iterative scan."""
RANK_CONSTANT: Final = 60
"""Of reciprocal rank fusion, as in its paper: Cormack, Clarke, Büttcher, SIGIR 2009."""
FUSED_CANDIDATES: Final = 4
"""Candidates of each kind for one result, but not fewer than `LEAST_CANDIDATES`."""
FIELDS: Final = sql.SQL("point.id, {} AS score, document, version, ordinal, text, heading, metadata")


def nearest(
    connection: Connection,
    namespace: str,
    spec: CollectionSpec,
    vector: Vector,
    limit: int,
    where: Where | None,
    *,
    exact: bool,
    seconds: float,
) -> list[Hit]:
    """Return the nearest points, nearest first."""
    query, parameters = _candidates(namespace, spec, vector, limit, where, exact=exact)
    fields = FIELDS.format(sql.SQL("embedding {} %b").format(DISTANCE[spec.metric]))
    # The outer query measures with all bits where the index has half of them.
    text = sql.SQL("SELECT {} FROM ({}) AS point ORDER BY score").format(fields, query)
    rows = _rows(connection, text, [vector, *parameters], limit, exact=exact, seconds=seconds)
    return [_hit(row, _score(spec.metric, row[1])) for row in rows]


def fused(
    connection: Connection,
    namespace: str,
    spec: CollectionSpec,
    vector: Vector,
    text: str,
    limit: int,
    where: Where | None,
    *,
    seconds: float,
) -> list[Hit]:
    """Return points by reciprocal rank fusion of the nearest with those that have words of a text; best first.

    A score is that of the fusion: at most 2/61.
    """
    candidates = max(limit * FUSED_CANDIDATES, LEAST_CANDIDATES)
    near, near_parameters = _candidates(namespace, spec, vector, candidates, where, exact=False)
    table = points_table(namespace, spec.name)
    filtered, filter_parameters = condition(where)
    # Any of the words will do: plainto_tsquery wants all of them, which a question seldom meets. It never puts a space
    # into a word, so ` & ` is always its operator.
    query = sql.SQL(
        "WITH query AS (SELECT replace(plainto_tsquery({language}, %s)::text, ' & ', ' | ')::tsquery AS words),"
        " near AS (SELECT id, row_number() OVER (ORDER BY distance, id) AS place FROM ({near}) AS point),"
        " worded AS (SELECT id, row_number() OVER (ORDER BY rank DESC, id) AS place FROM"
        " (SELECT point.id, ts_rank_cd(point.terms, words) AS rank FROM {table} AS point, query"
        " WHERE point.terms @@ words AND {filtered} ORDER BY rank DESC, id LIMIT %s) AS ranked)"
        " SELECT {fields} FROM near FULL JOIN worded USING (id) JOIN {table} AS point USING (id)"
        " ORDER BY score DESC, id LIMIT %s"
    ).format(
        language=LANGUAGE,
        near=near,
        table=table,
        filtered=filtered,
        fields=FIELDS.format(
            sql.SQL(
                "coalesce(1.0 / ({constant} + near.place), 0) + coalesce(1.0 / ({constant} + worded.place), 0)"
            ).format(constant=RANK_CONSTANT)
        ),
    )
    parameters = [storable(text), *near_parameters, *filter_parameters, candidates, limit]
    return [_hit(row, float(row[1])) for row in _rows(connection, query, parameters, candidates, seconds=seconds)]


def _candidates(
    namespace: str, spec: CollectionSpec, vector: Vector, limit: int, where: Where | None, *, exact: bool
) -> tuple[sql.Composed, list[Any]]:
    filtered, parameters = condition(where)
    stored: sql.Composable = sql.SQL("point.embedding")
    asked: sql.Composable = sql.SQL("%b")
    if is_halved(spec) and not exact:
        stored, asked = indexed(spec, stored), indexed(spec, asked)
    query = sql.SQL("SELECT *, {} {} {} AS distance FROM {} AS point WHERE {} ORDER BY distance LIMIT %s").format(
        stored, DISTANCE[spec.metric], asked, points_table(namespace, spec.name), filtered
    )
    return query, [vector, *parameters, limit]


def _rows(
    connection: Connection,
    query: sql.Composed,
    parameters: list[Any],
    candidates: int,
    *,
    exact: bool = False,
    seconds: float,
) -> list[tuple[Any, ...]]:
    """Run a query with the index's settings, which hold for its transaction alone."""
    settings: dict[LiteralString, str] = {
        "statement_timeout": str(int(seconds * 1000)),
        "hnsw.ef_search": str(min(max(candidates, LEAST_CANDIDATES), MOST_CANDIDATES)),
        # Goes on through the graph where a filter leaves too few.
        "hnsw.iterative_scan": "strict_order",
        "enable_indexscan": "off" if exact else "on",
    }
    with connection.pipeline(), connection.transaction():
        for name, value in settings.items():
            # Not set_config, of which a proxy can't tell that it ends with the transaction.
            connection.execute(sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value)))
        return connection.execute(query, parameters).fetchall()


def _score(metric: Metric, distance: float) -> float:
    return 1.0 - distance if metric == "cosine" else -distance


def _hit(row: tuple[Any, ...], score: float) -> Hit:
    identity, _, document, version, ordinal, text, heading, metadata = row
    return Hit(str(identity), score, document, version, ordinal, text, heading, metadata)
