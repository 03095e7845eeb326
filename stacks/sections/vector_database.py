"""The section `vector_database`: which engine holds the vectors, how many there will be, and what it runs on."""

from __future__ import annotations

from typing import Annotated, Literal

from catalogue.vector_databases import load_vector_databases
from catalogue.vector_sizing import Engine, VectorDemand, index_precision
from stacks.sections.charts import HostName
from stacks.sections.namespaces import NamespaceName
from stacks.sections.section import Section
from stacks.value_types import Flag, Halves, OneOf, Text, Whole

Metric = Literal["cosine", "dot", "euclidean"]
IN_CLUSTER = ("qdrant", "weaviate", "milvus")
"""Engines that are a release of helm-values/charts.yaml with the engine's name."""

InstanceClassName = Annotated[
    str,
    OneOf(
        lambda: tuple(load_vector_databases().aurora.instance_classes),
        "an Aurora class with Optimized Reads",
        "catalogue/vector-databases.yaml",
    ),
]
AuroraCapacity = Annotated[float, Halves(0, 256, "ACUs")]
IndexName = Annotated[
    str,
    Text(
        "a Pinecone index of 1 to 45 lower-case letters, digits and hyphens such as 'documents'",
        "[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?",
    ),
]
PineconeRegion = Annotated[str, Text("a region of the cloud such as 'us-east-1'", "[a-z0-9-]{3,40}")]
PodType = Annotated[
    str,
    OneOf(
        lambda: tuple(
            f"{family}.x{size}" for family in load_vector_databases().pinecone.pod_vectors for size in (1, 2, 4, 8)
        ),
        "a pod type",
    ),
]


class CollectionSettings(Section):
    """What the database is sized for; collections are made with these defaults."""

    vectors: Annotated[int, Whole(1, 10_000_000_000, "vectors")]
    """Chunks that there will be, those of all indexes together"""

    dimension: Annotated[int, Whole(8, 65536, "dimensions")]
    """Length of the embedding model's vectors"""

    metric: Metric = "cosine"
    """How near two vectors are"""

    index: Literal["hnsw", "flat"] = "hnsw"
    """A graph, or none: every search then looks at every vector"""

    hnsw_m: Annotated[int, Whole(4, 64, "edges")] = 16
    """Edges per node of the graph"""

    payload_bytes: Annotated[int, Whole(0, 40960, "bytes")] = 2048
    """Text and metadata of a chunk, on average"""


class ServerlessSettings(Section):
    """Aurora Serverless v2: each instance grows and shrinks between two capacities; an ACU has 2 GiB of memory."""

    min_acu: AuroraCapacity
    """Capacity that an idle instance keeps; 0 stops it, and the first query then waits for its start"""

    max_acu: AuroraCapacity
    """Capacity that a busy instance may grow to"""


class PgvectorSettings(Section):
    """Aurora PostgreSQL with pgvector: a writer, and readers in other zones."""

    serverless: ServerlessSettings | None = None
    """Capacity that follows the load"""

    instance_class: InstanceClassName | None = None
    """Or instances of one class, with Optimized Reads"""

    readers: Annotated[int, Whole(0, 15, "readers")] = 0
    """Further instances, each in the next zone; one of them takes over when the writer fails"""

    proxy: Flag = False
    """RDS Proxy before the writer: many short connections share few"""

    backup_days: Annotated[int, Whole(1, 35, "days")] = 7
    """How far back the database can be restored to any second"""

    deletion_protection: Flag
    """Whether AWS refuses to delete the cluster"""


class InClusterSettings(Section):
    """Qdrant, Weaviate or Milvus, as its release in the cluster."""

    replicas: Annotated[int, Whole(1, 100, "replicas")]
    """Pods that hold vectors; of Milvus its query nodes"""

    cpus: Annotated[int, Whole(1, 128, "CPUs")] = 2
    """CPUs of each"""

    memory_gib: Annotated[int, Whole(1, 1536, "GiB")]
    """Memory of each, of which it gets all at once"""

    disk_gib: Annotated[int, Whole(1, 16384, "GiB")] | None = None
    """Volume of each; Milvus keeps its data in S3 and has none"""

    replication_factor: Annotated[int, Whole(1, 9, "copies")] = 1
    """Copies of each vector, on different replicas"""

    shards: Annotated[int, Whole(1, 256, "shards")] = 1
    """Parts of a collection, which replicas share"""


class PineconeSettings(Section):
    """An index of Pinecone's, which the job `pinecone-index` makes and keeps as it is declared here."""

    index_name: IndexName
    """Name of the index"""

    cloud: Literal["aws", "gcp", "azure"] = "aws"
    """Where Pinecone runs it"""

    region: PineconeRegion
    """Region of that cloud"""

    kind: Literal["serverless", "pod"] = "serverless"
    """Paid by use, or machines of its own; accounts made since August 2025 can have the first alone"""

    pod_type: PodType | None = None
    """Type of the pods"""

    shards: Annotated[int, Whole(1, 256, "shards")] | None = None
    """Pods that share the vectors"""

    replicas: Annotated[int, Whole(1, 100, "replicas")] | None = None
    """Copies of those pods"""

    deletion_protection: Flag
    """Whether Pinecone refuses to delete the index"""

    private_link: Flag = False
    """Whether the index is reached through AWS PrivateLink in place of the internet"""

    host: HostName | None = None
    """Host that Pinecone gave the index, as the job prints it; left out, clients ask Pinecone for it"""


class VectorDatabaseSettings(Section):
    """The environment's vector database."""

    engine: Engine
    """Aurora PostgreSQL, a release in the cluster, or Pinecone's service"""

    collection: CollectionSettings
    """What it is to hold"""

    client_namespaces: tuple[NamespaceName, ...] = ()
    """Namespaces whose pods may connect, beside those of `embeddings`"""

    pgvector: PgvectorSettings | None = None
    """With engine pgvector"""

    in_cluster: InClusterSettings | None = None
    """With engine qdrant, weaviate or milvus"""

    pinecone: PineconeSettings | None = None
    """With engine pinecone"""

    @property
    def demand(self) -> VectorDemand:
        """What the engine must hold, for the estimate of memory and disk."""
        wanted = self.collection
        return VectorDemand(
            vectors=wanted.vectors,
            dimension=wanted.dimension,
            index=wanted.index,
            hnsw_m=wanted.hnsw_m,
            precision=index_precision(self.engine, wanted.dimension),
            payload_bytes=wanted.payload_bytes,
            replication_factor=self.in_cluster.replication_factor if self.in_cluster else 1,
        )
