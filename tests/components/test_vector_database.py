"""One typed output for whichever engine it is; what each makes is tested with the engine."""

from __future__ import annotations

import pytest

from components.milvus_database import MILVUS
from components.qdrant_database import QDRANT
from components.vector_connection import CollectionDefaults
from components.vector_database import EngineArgs, VectorDatabase, VectorDatabaseArgs
from components.weaviate_database import WEAVIATE
from tests.components.vector_database_fixtures import PGVECTOR, PINECONE, in_cluster, known, recorded

COLLECTION = CollectionDefaults(dimension=384, metric="cosine", index="hnsw", hnsw_m=16, replication_factor=1, shards=1)
ENGINES = {
    "pgvector": PGVECTOR,
    "qdrant": in_cluster(QDRANT),
    "weaviate": in_cluster(WEAVIATE),
    "milvus": in_cluster(MILVUS),
    "pinecone": PINECONE,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_answers_with_the_same_connection(engine: str) -> None:
    seen: list[VectorDatabase] = []

    def build() -> VectorDatabase:
        seen.append(VectorDatabase("db", VectorDatabaseArgs(engine=ENGINES[engine], collection=COLLECTION)))
        return seen[0]

    connection = known(lambda: build().connection)
    assert seen[0].engine == engine
    assert seen[0].collection == COLLECTION
    assert connection["endpoint"]
    assert connection["secret_arn"].startswith("arn:aws:")
    assert connection["secret_name"]
    assert connection["port"] > 0
    assert seen[0].index_declaration == ({"name": "documents"} if engine == "pinecone" else None)


@pytest.mark.parametrize(
    ("engine", "part"),
    [
        (ENGINES["pgvector"], "llm-platform:pgvector_database:PgvectorDatabase"),
        (ENGINES["milvus"], "llm-platform:in_cluster_database:InClusterDatabase"),
        (ENGINES["pinecone"], "llm-platform:pinecone_index:PineconeIndex"),
    ],
)
def test_the_engines_part_is_a_child_of_the_database(engine: EngineArgs, part: str) -> None:
    recording = recorded(lambda: VectorDatabase("db", VectorDatabaseArgs(engine=engine, collection=COLLECTION)))
    assert [child.parent for child in recording.of_type(part)] == ["db"]
