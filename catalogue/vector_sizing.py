"""How much memory and disk an engine needs for so many vectors, all copies together.

An estimate for planning: a filter's payload indexes, concurrent queries and a growing collection come on top. Every
formula names its source; `HEADROOM` is ours where a source gives none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from catalogue.vector_databases import load_vector_databases

Engine = Literal["pgvector", "qdrant", "weaviate", "milvus", "pinecone"]
Precision = Literal["float32", "float16", "int8"]
ENGINES: Final[tuple[Engine, ...]] = ("pgvector", "qdrant", "weaviate", "milvus", "pinecone")
ELEMENT_BYTES: Final[Mapping[Precision, int]] = {"float32": 4, "float16": 2, "int8": 1}
LONGEST_FULL_PRECISION: Final = 2000
"""Dimensions that pgvector indexes as `vector`; longer ones, to 4,000, as `halfvec`."""

HEADROOM: Final = 1.5
TABLE_OVERHEAD: Final = 1.4
"""Of a table's pages, its key's index and values out of line, over the rows: 1.2 to 1.4 in PostgreSQL 18."""
RECORD_BYTES: Final = 200
"""Of a chunk beside its text and vector: id, document, version, ordinal."""
PAGE_BYTES, PAGE_OVERHEAD, ITEM_BYTES = 8192, 32, 4
"""A PostgreSQL page, its header with pgvector's 8 bytes at the end, and a pointer to a tuple in it.

https://www.postgresql.org/docs/current/storage-page-layout.html
"""


@dataclass(frozen=True, kw_only=True)
class VectorDemand:
    """What is to be held."""

    vectors: int
    """Chunks."""
    dimension: int
    index: Literal["hnsw", "flat"] = "hnsw"
    hnsw_m: int = 16
    """Edges per node of the graph."""
    precision: Precision = "float32"
    """What the index holds of each number; the full vectors are kept on disk beside it."""
    payload_bytes: int = 2048
    """Text, heading and metadata of a chunk, on average."""
    replication_factor: int = 1
    """Copies of each vector; 1 for pgvector, whose readers share storage, and for Pinecone."""


@dataclass(frozen=True)
class Footprint:
    """What all copies take together."""

    memory_bytes: int
    """What must be in memory, or in a cache as good as memory, for searches to be answered from it."""
    disk_bytes: int


def footprint(engine: Engine, demand: VectorDemand) -> Footprint:
    """Return what an engine needs; for Pinecone's serverless indexes and pods the memory is Pinecone's own matter."""
    one = _FOOTPRINTS[engine](demand)
    copies = demand.replication_factor
    return Footprint(one.memory_bytes * copies, one.disk_bytes * copies)


def index_precision(engine: Engine, dimension: int) -> Precision:
    """Return what the pipeline's index of an engine holds: full precision, but for pgvector's long vectors."""
    return "float16" if engine == "pgvector" and dimension > LONGEST_FULL_PRECISION else "float32"


def build_bytes(demand: VectorDemand) -> int:
    """Return the memory in which pgvector builds an HNSW index quickly; with less it goes on slowly, on disk.

    An element with its vector, 2 m neighbours of 16 bytes on the lowest layer, and m on each above.
    https://github.com/pgvector/pgvector/blob/master/src/hnsw.h (HnswElementData, HNSW_NEIGHBOR_ARRAY_SIZE)
    """
    neighbours = (2 + _mean_level(demand.hnsw_m)) * demand.hnsw_m * 16
    return round(demand.vectors * (128 + _vector_bytes(demand) + neighbours))


def _pgvector(demand: VectorDemand) -> Footprint:
    """Pages of the index, which is to be in shared buffers; on disk the table's too.

    HNSW keeps, per vector, an element of 72 bytes and the vector, and 6 bytes for each of 2 m neighbours on the lowest
    layer and m on each above, of which there are 1 / (m - 1) on average. Both lie on one page where they fit, else on
    two. Without an index the table itself is read.
    https://github.com/pgvector/pgvector/blob/master/src/hnsw.h (HNSW_ELEMENT_TUPLE_SIZE, HNSW_NEIGHBOR_TUPLE_SIZE)
    """
    room = PAGE_BYTES - PAGE_OVERHEAD
    row = RECORD_BYTES + demand.payload_bytes + 8 + 4 * demand.dimension
    table = round(demand.vectors * row * TABLE_OVERHEAD)
    if demand.index == "flat":
        return Footprint(table, table)
    element = _aligned(72 + _vector_bytes(demand)) + ITEM_BYTES
    neighbours = _aligned(4 + round((2 + _mean_level(demand.hnsw_m)) * demand.hnsw_m * 6)) + ITEM_BYTES
    on_a_page = room // (element + neighbours)
    index = round(demand.vectors * (PAGE_BYTES / on_a_page if on_a_page else 2 * PAGE_BYTES))
    return Footprint(index, table + index)


def _qdrant(demand: VectorDemand) -> Footprint:
    """Vectors x dimension x bytes x 1.5, the last for the graph, versions and segments that are being optimised.

    A graph with more than the default's 16 edges takes 8 bytes more for each. On disk lie vectors and payload, and
    while segments are optimised a second copy of some.
    https://qdrant.tech/documentation/capacity-planning/
    """
    edges = max(0, demand.hnsw_m - 16) * 8 if demand.index == "hnsw" else 0
    memory = demand.vectors * (_element_bytes(demand) * 1.5 + edges)
    stored = 4 * demand.dimension + demand.payload_bytes + RECORD_BYTES
    return Footprint(round(memory), round(demand.vectors * stored * HEADROOM + memory))


def _weaviate(demand: VectorDemand) -> Footprint:
    """Twice the vectors, for Go's garbage collector, and 10 bytes for each of 2 m edges.

    On disk the objects with their full vectors, the graph's log, and room for segments that are being merged.
    https://docs.weaviate.io/weaviate/concepts/resources
    """
    edges = 2 * demand.hnsw_m * 10 if demand.index == "hnsw" else 0
    memory = demand.vectors * (2 * _element_bytes(demand) + edges)
    stored = 4 * demand.dimension + demand.payload_bytes + RECORD_BYTES + edges
    return Footprint(memory, round(demand.vectors * stored * HEADROOM))


def _milvus(demand: VectorDemand) -> Footprint:
    """Vectors and 2 m edges of 4 bytes each, with headroom for growing segments and for copies made while they load.

    Disk is that of the query nodes, which hold the loaded index; segments and the log lie in S3.
    https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index (HNSW: 4 d + 2 M 4 bytes)
    """
    edges = 2 * demand.hnsw_m * 4 if demand.index == "hnsw" else 0
    memory = round(demand.vectors * (_element_bytes(demand) + edges) * HEADROOM)
    stored = 4 * demand.dimension + demand.payload_bytes + RECORD_BYTES
    return Footprint(memory, demand.vectors * stored + memory)


def _pinecone(demand: VectorDemand) -> Footprint:
    """Four bytes a number, metadata and id: what Pinecone bills as storage.

    https://docs.pinecone.io/guides/manage-cost/understanding-cost (record size)
    """
    size = demand.vectors * (4 * demand.dimension + demand.payload_bytes + RECORD_BYTES)
    return Footprint(0, size)


def pinecone_pods(demand: VectorDemand, pod_type: str) -> int:
    """Return how many pods of a type such as `s1.x2` hold the vectors, one replica of them.

    From Pinecone's table by dimension, and in proportion between and beyond its rows. Raises KeyError for a type that
    the table lacks.
    """
    family, _, size = pod_type.partition(".x")
    table = load_vector_databases().pinecone.pod_vectors[family]
    above = [dimension for dimension in sorted(table) if dimension >= demand.dimension]
    known = above[0] if above else max(table)
    held = table[known] * (known / demand.dimension if not above else 1) * int(size)
    return max(1, -(-demand.vectors // max(1, int(held))))


_FOOTPRINTS: Final[Mapping[Engine, Callable[[VectorDemand], Footprint]]] = {
    "pgvector": _pgvector,
    "qdrant": _qdrant,
    "weaviate": _weaviate,
    "milvus": _milvus,
    "pinecone": _pinecone,
}


def _element_bytes(demand: VectorDemand) -> int:
    return ELEMENT_BYTES[demand.precision] * demand.dimension


def _vector_bytes(demand: VectorDemand) -> int:
    """A value of pgvector's types: 8 bytes before the numbers."""
    return 8 + _element_bytes(demand)


def _mean_level(m: int) -> float:
    return 1 / (m - 1)


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
