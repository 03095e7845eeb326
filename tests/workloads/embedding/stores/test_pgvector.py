"""What is PostgreSQL's own behind the port: its index, its limits, and a server that goes away."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import sql

from tests.workloads.embedding.stores.points import NAME, clustered, direction, point, spec
from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.records import Head, Metric
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.pgvector import PgvectorStore
from workloads.embedding.stores.pgvector_connections import connector
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_search

pytestmark = pytest.mark.xdist_group("pgvector")


@pytest.fixture
def engine() -> str:
    return "pgvector"


@pytest.fixture
def table(store_settings: StoreSettings) -> sql.Identifier:
    return sql.Identifier(store_settings.namespace, f"points_{NAME}")


@contextmanager
def administrator(settings: StoreSettings) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.url, autocommit=True) as connection:
        yield connection


def fill(store: VectorStore, count: int, dimension: int = 8) -> None:
    vectors = clustered(count, dimension)
    store.upsert(NAME, [point(f"doc-{n}", n, vector=vectors[n], metadata={"even": n % 2 == 0}) for n in range(count)])


def test_equal_points_are_not_written_again(
    store: VectorStore, store_settings: StoreSettings, table: sql.Identifier
) -> None:
    """Otherwise each run would leave as many dead rows, and dead entries in the index, as there are points."""
    store.create(spec())
    fill(store, 50)
    with administrator(store_settings) as connection:
        rows = sql.SQL("SELECT id, xmin, ctid FROM {} ORDER BY id").format(table)
        before = connection.execute(rows).fetchall()
        fill(store, 50)
        assert connection.execute(rows).fetchall() == before
        store.upsert(NAME, [point("doc-0", 0, vector=direction(1), metadata={"even": False})])
        assert connection.execute(rows).fetchall() != before


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_search_walks_the_index_and_an_exact_one_does_not(
    store: VectorStore, store_settings: StoreSettings, metric: Metric
) -> None:
    # With fewer or shorter ones PostgreSQL rightly reads the whole table.
    store.create(spec(metric=metric, dimension=256))
    fill(store, 1_000, 256)
    query = direction(1, dimension=256)
    with administrator(store_settings) as connection:
        scans = (
            "SELECT idx_scan FROM pg_stat_user_indexes JOIN pg_class ON oid = indexrelid"
            " JOIN pg_am ON pg_am.oid = relam WHERE schemaname = %s AND amname = 'hnsw'"
        )

        def walks() -> int:
            """Return how often the index was walked: sessions publish what they counted when they end."""
            store.close()
            mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'embedding'"
            while connection.execute(mine).fetchone() != (0,):
                time.sleep(0.01)
            row = connection.execute(scans, [store_settings.namespace]).fetchone()
            assert row is not None
            return row[0]

        store.search(NAME, query, 10, exact=True)
        assert walks() == 0
        store.search(NAME, query, 10)
        assert walks() == 1


def test_a_search_leaves_nothing_in_its_session(store_settings: StoreSettings) -> None:
    """Once a session has a cursor, a temporary table or a setting of its own, RDS Proxy keeps a server for it alone."""
    said: list[str] = []

    class Heard(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            said.append(query if isinstance(query, str) else query.as_string())
            return super().execute(sql.SQL(said[-1]), *arguments, **options)  # pyright: ignore[reportArgumentType] - it was one

    class Declared(psycopg.ServerCursor[Any]):
        def __init__(self, *_: Any, **__: Any) -> None:
            pytest.fail("a cursor was declared")

    connect = connector(store_settings, {})

    def listened() -> psycopg.Connection[Any]:
        connection = connect()
        connection.cursor_factory, connection.server_cursor_factory = Heard, Declared
        return connection

    store = PgvectorStore(connect, store_settings.namespace, 30)
    store.create(spec())
    fill(store, 20)
    store.put_heads(NAME, [Head(one.document, one.version, 1) for one in store.export(NAME)])
    store.point_alias("docs", NAME)
    store.close()
    reader = PgvectorStore(listened, store_settings.namespace, 30)
    for text in (None, "words"):
        assert len(visible_search(reader, "docs", direction(1), 5, {"even": True}, text=text)) == 5
    reader.close()
    assert any(query.startswith("SET LOCAL hnsw.ef_search") for query in said)
    assert not [query for query in said if re.search(r"(?i)\bset (?!local)|set_config|declare|prepare|\btemp", query)]


def test_flat_collection_has_no_index_for_vectors(store: VectorStore, store_settings: StoreSettings) -> None:
    store.create(spec(index="flat"))
    fill(store, 20)
    with administrator(store_settings) as connection:
        query = "SELECT count(*) FROM pg_indexes WHERE schemaname = %s AND indexdef LIKE '%%hnsw%%'"
        assert connection.execute(query, [store_settings.namespace]).fetchone() == (0,)
    assert len(store.search(NAME, direction(1), 10)) == 10


def test_index_is_built_as_asked(store: VectorStore, store_settings: StoreSettings) -> None:
    store.create(spec(hnsw_m=24, hnsw_ef_construction=200))
    with administrator(store_settings) as connection:
        query = "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND indexdef LIKE '%%hnsw%%'"
        ((definition,),) = connection.execute(query, [store_settings.namespace]).fetchall()
    assert "vector_cosine_ops" in definition
    assert "m='24', ef_construction='200'" in definition


def test_long_vectors_are_halved_in_the_index_and_whole_in_the_table(store: VectorStore) -> None:
    dimension = 2_500
    store.create(spec(dimension=dimension))
    vectors = clustered(60, dimension)
    store.upsert(NAME, [point(f"doc-{n}", n, vector=vectors[n]) for n in range(60)])
    query = vectors[7] + 0.01 * vectors[8]
    found = store.search(NAME, query, 5)
    assert found[0].ordinal == 7
    exact = {hit.id: hit.score for hit in store.search(NAME, query, 60, exact=True)}
    assert [hit.score for hit in found] == [pytest.approx(exact[hit.id], abs=1e-7) for hit in found]
    (kept,) = store.export(NAME, {"ordinal": 7})
    assert np.array_equal(kept.vector, vectors[7])


def test_vectors_too_long_for_any_index_need_a_flat_one(store: VectorStore) -> None:
    with pytest.raises(StoreError, match=r"4001 dimensions.*4000.*index: flat"):
        store.create(spec(dimension=4_001))
    assert store.names() == []
    store.create(spec(dimension=4_001, index="flat"))
    store.upsert(NAME, [point(vector=direction(1, dimension=4_001))])
    assert len(store.search(NAME, direction(1, dimension=4_001), 3)) == 1


def test_limit_beyond_the_widest_walk(store: VectorStore) -> None:
    store.create(spec())
    fill(store, 1_300)
    assert len(store.search(NAME, direction(1), 1_200)) == 1_200
    assert len(store.search(NAME, direction(1), 1_200, {"even": True})) == 650


def test_keywords_are_stemmed(store: VectorStore) -> None:
    store.create(spec())
    store.upsert(NAME, [point("a", 0, text="installing operators"), point("b", 1, text="a poem", vector=direction(1))])
    hits = store.hybrid(NAME, direction(1), "How do I install an operator?", 2)
    assert [hit.ordinal for hit in hits] == [0, 1]


def test_connection_that_the_server_cut_is_one_fault_and_no_more(
    store: VectorStore, store_settings: StoreSettings
) -> None:
    store.create(spec())
    fill(store, 5)
    with administrator(store_settings) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'embedding'"
        )
    with pytest.raises(StoreUnavailableError, match=NAME):
        store.count(NAME)
    assert store.count(NAME) == 5


def test_failed_write_leaves_nothing_and_the_store_goes_on(
    store: VectorStore, store_settings: StoreSettings, table: sql.Identifier
) -> None:
    store.create(spec())
    with administrator(store_settings) as connection:
        connection.execute(sql.SQL("ALTER TABLE {} ADD CHECK (ordinal < 30)").format(table))
    with pytest.raises(StoreError, match=NAME):
        fill(store, 50)
    assert store.count(NAME) == 0
    fill(store, 20)
    assert store.count(NAME) == 20


def test_slow_search_ends_with_the_timeout(store: VectorStore, store_settings: StoreSettings) -> None:
    store.create(spec())
    fill(store, 5)
    with administrator(store_settings) as connection:
        impatient = store_settings.model_copy(update={"timeout_seconds": 3})
        other = open_store(impatient, {})
        with connection.transaction():
            connection.execute(
                sql.SQL("LOCK TABLE {}").format(sql.Identifier(store_settings.namespace, f"points_{NAME}"))
            )
            with pytest.raises(StoreUnavailableError, match="timeout"):
                other.search(NAME, direction(1), 1)
        assert len(other.search(NAME, direction(1), 1)) == 1
        other.close()


def test_export_may_be_left_in_the_middle(store: VectorStore) -> None:
    store.create(spec())
    fill(store, 1_200)
    points = store.export(NAME)
    next(points)
    points.close()  # pyright: ignore[reportAttributeAccessIssue] - a generator, as the port's iterators are
    heads = store.heads(NAME)
    assert list(heads) == []
    store.put_heads(NAME, [Head("a.md", "1", 1)])
    assert store.count(NAME) == 1_200


def test_two_writers_of_the_same_points_do_not_lock_each_other_out(store: VectorStore) -> None:
    store.create(spec())
    vectors = clustered(200, 8)
    points = [point(f"doc-{n}", n, vector=vectors[n]) for n in range(200)]
    faults: list[Exception] = []

    def write(turn: int) -> None:
        try:
            for _ in range(3):
                store.upsert(NAME, points if turn else points[::-1])
        except Exception as error:
            faults.append(error)

    writers = [threading.Thread(target=write, args=(turn,)) for turn in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (faults, store.count(NAME)) == ([], 200)
