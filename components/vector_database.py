"""The vector database: whichever engine it is, one connection, and the defaults of its collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.aurora_facts import AuroraFacts
from components.in_cluster_database import InClusterDatabase, InClusterDatabaseArgs
from components.pgvector_database import PgvectorArgs, PgvectorDatabase
from components.pinecone_index import PineconeArgs, PineconeIndex
from components.vector_connection import CollectionDefaults, VectorConnection

EngineArgs = PgvectorArgs | InClusterDatabaseArgs | PineconeArgs


@dataclass(frozen=True, kw_only=True)
class VectorDatabaseArgs:
    """What `VectorDatabase` needs."""

    engine: EngineArgs
    """Of the engine that is wanted."""
    collection: CollectionDefaults


class VectorDatabase(pulumi.ComponentResource):
    """An engine's own resources behind one typed output."""

    engine: str
    """pgvector, qdrant, weaviate, milvus or pinecone."""
    connection: VectorConnection
    collection: CollectionDefaults
    index_declaration: Mapping[str, Any] | None
    """What an index of Pinecone's is to be, for the job that makes it; None for every other engine."""
    aurora: AuroraFacts | None
    """What alarms watch of pgvector's cluster; None for every other engine."""

    def __init__(self, name: str, args: VectorDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:vector_database:VectorDatabase", name, None, opts)
        child, wanted = pulumi.ResourceOptions(parent=self), args.engine
        self.index_declaration, self.aurora = None, None
        match wanted:
            case PgvectorArgs():
                database = PgvectorDatabase(name, wanted, child)
                self.engine, self.connection, self.aurora = "pgvector", database.connection, database.facts
            case InClusterDatabaseArgs():
                self.engine, self.connection = wanted.engine.release, InClusterDatabase(name, wanted, child).connection
            case PineconeArgs():
                self.engine, self.connection = "pinecone", PineconeIndex(name, wanted, child).connection
                self.index_declaration = wanted.declaration
        self.collection = args.collection
        self.register_outputs({"engine": self.engine, "endpoint": self.connection.endpoint})
