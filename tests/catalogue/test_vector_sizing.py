"""What an engine needs for so many vectors: pgvector's index is compared with a real one, the others with what their
makers publish.

Does not prove how much memory a query takes beside the index, nor what a server of Qdrant, Weaviate or Milvus takes.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.vector_sizing import (
    ENGINES,
    Engine,
    Precision,
    VectorDemand,
    build_bytes,
    footprint,
    index_precision,
    pinecone_pods,
)
from workloads.embedding.local_postgres import local_postgres

MILLION = VectorDemand(vectors=1_000_000, dimension=768)


@pytest.fixture(scope="module")
def database() -> Iterator[psycopg.Connection]:
    with local_postgres() as url, closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CREATE EXTENSION vector")
        yield connection


@pytest.mark.xdist_group("pgvector")
@pytest.mark.parametrize(
    ("dimension", "m", "precision", "vectors"),
    # The last two: an element with its neighbours does not fit on a page, and takes two.
    [(64, 16, "float32", 2000), (384, 16, "float32", 1000), (384, 32, "float32", 1000), (1536, 16, "float32", 300),
     (3072, 16, "float16", 200), (2000, 16, "float32", 200), (4000, 16, "float16", 100)],
)  # fmt: skip
def test_pgvectors_index_is_as_large_as_a_real_one(
    database: psycopg.Connection, dimension: int, m: int, precision: Precision, vectors: int
) -> None:
    kind = {"float32": "vector", "float16": "halfvec"}[precision]
    database.execute("DROP TABLE IF EXISTS sized")
    database.execute(f"CREATE TABLE sized (id int PRIMARY KEY, embedding {kind}({dimension}))".encode())
    numbers = f"(SELECT array_agg(sin(i * 7.3 + g * g)) FROM generate_series(1, {dimension}) g)"  # noqa: S608 - numbers of ours
    rows = f"SELECT i, {numbers}::real[]::{kind} FROM generate_series(1, {vectors}) i"  # noqa: S608 - numbers of ours
    database.execute(f"INSERT INTO sized {rows}".encode())
    database.execute(
        f"CREATE INDEX sized_index ON sized USING hnsw (embedding {kind}_cosine_ops) "
        f"WITH (m = {m}, ef_construction = {2 * m})".encode()
    )
    row = database.execute("SELECT pg_relation_size('sized_index')").fetchone()
    assert row is not None
    demand = VectorDemand(vectors=vectors, dimension=dimension, hnsw_m=m, precision=precision)
    assert footprint("pgvector", demand).memory_bytes == pytest.approx(row[0], rel=0.08)


def test_qdrant_needs_what_its_documentation_computes() -> None:
    # "1 million vectors with 1024 dimensions ... 6,144,000,000 bytes"
    demand = VectorDemand(vectors=1_000_000, dimension=1024)
    assert footprint("qdrant", demand).memory_bytes == 6_144_000_000


def test_weaviate_needs_twice_its_vectors_and_a_little() -> None:
    # Its academy says about 6 GB for a million objects.
    assert footprint("weaviate", MILLION).memory_bytes == pytest.approx(6.3e9, rel=0.05)


@pytest.mark.parametrize(
    ("pod_type", "vectors", "dimension", "pods"),
    [("p1.x1", 1_000_000, 768, 1), ("p1.x1", 1_000_001, 768, 2), ("s1.x1", 5_000_000, 768, 1),
     ("p1.x2", 2_000_000, 768, 1), ("s1.x1", 1, 3, 1), ("p1.x1", 500_000, 3072, 2)],
)  # fmt: skip
def test_pods_hold_what_pinecones_table_says(pod_type: str, vectors: int, dimension: int, pods: int) -> None:
    assert pinecone_pods(VectorDemand(vectors=vectors, dimension=dimension), pod_type) == pods


def test_long_vectors_of_pgvector_are_indexed_in_half_precision() -> None:
    assert index_precision("pgvector", 2000) == "float32"
    assert index_precision("pgvector", 2001) == "float16"
    assert {index_precision(engine, 2001) for engine in ENGINES if engine != "pgvector"} == {"float32"}


def test_a_build_needs_more_memory_than_the_index_has_pages() -> None:
    assert build_bytes(MILLION) > 1_000_000 * 4 * 768
    assert build_bytes(dataclasses.replace(MILLION, precision="float16")) < build_bytes(MILLION)


@given(
    engine=st.sampled_from(ENGINES),
    vectors=st.integers(1, 10**9),
    dimension=st.integers(1, 4000),
    m=st.integers(2, 100),
    payload=st.integers(0, 100_000),
    copies=st.integers(1, 5),
)
def test_more_of_anything_never_needs_less(
    engine: Engine, vectors: int, dimension: int, m: int, payload: int, copies: int
) -> None:
    demand = VectorDemand(
        vectors=vectors, dimension=dimension, hnsw_m=m, payload_bytes=payload, replication_factor=copies
    )
    needed = footprint(engine, demand)
    assert needed.disk_bytes >= vectors * copies * 4 * dimension
    if engine != "pinecone":
        assert needed.memory_bytes >= vectors * copies * dimension
    for more in ({"vectors": vectors + 1}, {"payload_bytes": payload + 1}, {"replication_factor": copies + 1}):
        larger = footprint(engine, dataclasses.replace(demand, **more))
        assert larger.memory_bytes >= needed.memory_bytes
        assert larger.disk_bytes > needed.disk_bytes


@given(engine=st.sampled_from(ENGINES), dimension=st.integers(8, 2000))
def test_quantisation_never_needs_more_memory(engine: Engine, dimension: int) -> None:
    sizes = [
        footprint(engine, VectorDemand(vectors=1000, dimension=dimension, precision=precision)).memory_bytes
        for precision in ("int8", "float16", "float32")
    ]
    assert sizes == sorted(sizes)
