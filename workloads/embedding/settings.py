"""Settings of the pipeline: one YAML file, read once, checked as a whole.

No secret stands in it: keys and passwords come from environment variables that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from workloads import settings_file
from workloads.embedding.records import INDEX_NAME, Metric
from workloads.settings_file import Section

Whole = Annotated[int, Field(strict=True)]
EnvironmentVariable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class SourceSettings(Section):
    """Where documents come from."""

    uri: str
    """`s3://bucket/prefix/` or a folder"""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns, below the uri, of what is taken"""
    exclude: tuple[str, ...] = ()
    """Glob patterns of what is left out again"""
    max_document_mib: Annotated[int, Field(ge=1, le=4096)] = 64
    """Larger documents are skipped, with the reason in the manifest"""
    most_deleted_percent: Annotated[int, Field(ge=0, le=100)] = 50
    """A run that would remove more of the index than this stops instead: the source is probably the wrong one"""


class ChunkingSettings(Section):
    """How documents are cut."""

    tokens: Annotated[int, Field(ge=16, le=8192)] = 512
    """Longest window, in tokens of the embedding model's own tokenizer"""
    overlap: Annotated[int, Field(ge=0, le=4096)] = 64
    """Tokens that a window repeats of the one before"""
    long_windows: Literal["pool", "refuse"] = "pool"
    """Windows longer than the model reads: the mean of sub-windows' vectors, or a message before anything is done"""

    @model_validator(mode="after")
    def _overlap_is_less_than_half(self) -> Self:
        if self.overlap * 2 > self.tokens:
            raise ValueError(f"overlap {self.overlap}: more than half of tokens ({self.tokens})")
        return self


class EmbedderSettings(Section):
    """What makes vectors."""

    kind: Literal["sentence-transformers", "openai", "tei"] = "sentence-transformers"
    """In this process, any OpenAI-compatible endpoint, or Text Embeddings Inference"""
    model: str
    """Name on the hub or at the endpoint, such as sentence-transformers/all-MiniLM-L6-v2"""
    revision: str
    """Commit of the model: another revision gives other vectors"""
    path: str | None = None
    """Folder with the model (and, for endpoints, its tokenizer) in place of a download"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes the GPU where there is one"""
    precision: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """auto is float16 on a GPU and float32 on a CPU"""
    batch_tokens: Annotated[int, Field(ge=64, le=1_048_576)] = 8192
    """Tokens of a batch, padding included"""
    url: str | None = None
    """Of the endpoint, such as http://embeddings.serving:8080/v1"""
    api_key_env: EnvironmentVariable | None = None
    """Environment variable with the endpoint's key"""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    """Requests to the endpoint at a time"""
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    """Limit of the endpoint that is kept to"""
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = None
    """As above"""
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    """Of one request to the endpoint"""
    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    """Of one request, the first one included"""

    @model_validator(mode="after")
    def _endpoint_has_url(self) -> Self:
        if self.kind != "sentence-transformers" and self.url is None:
            raise ValueError(f"url: kind {self.kind} needs the endpoint's")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError("url: needs http:// or https://")
        _refuse_password(self.url)
        return self


class StoreSettings(Section):
    """Which vector database, and how its collections are made."""

    engine: Literal["pgvector", "qdrant", "weaviate", "milvus", "pinecone"]
    """Which vector database"""
    url: str
    """postgresql://user@host:5432/database (never with a password), http(s)://host:port, the host of a Pinecone index
    or index:NAME to have Pinecone asked for it, path:FOLDER for Qdrant's local mode, or path:FILE.db for Milvus Lite"""
    grpc_url: str | None = None
    """Weaviate: host:port of its gRPC service"""
    api_key_env: EnvironmentVariable | None = None
    """Environment variable with the API key; for PostgreSQL with the password"""
    iam_region: str | None = None
    """PostgreSQL: sign in with a token of IAM for this region in place of a password"""
    ca_file: str | None = None
    """Certificates to trust, such as the RDS bundle; TLS is then verified in full"""
    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "embedding"
    """PostgreSQL schema; start of the names of what other engines hold for the pipeline itself"""
    metric: Metric = "cosine"
    """How near two vectors are; vectors have length 1, so all three rank alike"""
    index: Literal["hnsw", "flat"] = "hnsw"
    """A graph, or every point looked at"""
    hnsw_m: Annotated[int, Field(ge=2, le=100)] = 16
    """Edges per node of the graph"""
    hnsw_ef_construction: Annotated[int, Field(ge=4, le=1000)] = 128
    """Candidates looked at for each new node"""
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 1
    """Qdrant, Weaviate and Milvus: copies of each point"""
    shards: Annotated[int, Field(ge=1, le=256)] = 1
    """Qdrant, Weaviate and Milvus: parts that a collection is spread over"""
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    """Of one request to the database"""
    batch_points: Annotated[int, Field(ge=1, le=10_000)] = 256
    """Points of one request"""

    @model_validator(mode="after")
    def _url_holds_no_password(self) -> Self:
        _refuse_password(self.url)
        return self


class DriftSettings(Section):
    """When the embedding of new documents is said to have drifted."""

    window: Annotated[int, Field(ge=50, le=100_000)] = 500
    """Vectors in each of the two windows"""
    methods: tuple[Literal["model", "mmd", "distance", "ratio"], ...] = ("model", "mmd")
    """Evidently's embedding drift methods"""
    false_alarms: Annotated[float, Field(gt=0, le=0.2)] = 0.01
    """Share of comparisons of like with like that may raise an alarm; thresholds are calibrated to it"""
    persists: Annotated[int, Field(ge=1, le=100)] = 3
    """Alarms in a row after which drift is called persistent"""


class SearchSettings(Section):
    """What the search service takes and gives."""

    default_k: Annotated[int, Field(ge=1, le=1000)] = 10
    """Hits of a request that does not say how many"""
    most_k: Annotated[int, Field(ge=1, le=1000)] = 100
    """Hits that a request may ask for"""
    longest_query: Annotated[int, Field(ge=16, le=65_536)] = 4096
    """Characters of a query; longer ones are refused"""
    api_key_env: EnvironmentVariable | None = None
    """Environment variable with the key that callers must bring; without it everybody who can connect may search"""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Searches at a time in one process; further ones wait"""
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10
    """After this, waiting included, the caller is told to come again"""

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Self:
        if self.default_k > self.most_k:
            raise ValueError(f"default_k {self.default_k}: more than most_k ({self.most_k})")
        return self


class EmbeddingSettings(Section):
    """The whole file."""

    index: Annotated[str, Field(pattern=f"^{INDEX_NAME.pattern}$")]
    """Name that readers search; an alias of the live collection"""
    source: SourceSettings
    embedder: EmbedderSettings
    store: StoreSettings
    manifests: str
    """Where the manifests of runs go: `s3://bucket/prefix/` or a folder"""
    chunking: ChunkingSettings = ChunkingSettings()
    drift: DriftSettings = DriftSettings()
    search: SearchSettings = SearchSettings()


def load_settings(path: Path) -> EmbeddingSettings:
    """Return the settings of a file, or raise `InputError` with every fault."""
    return settings_file.load(EmbeddingSettings, path)


def parse_settings(content: Mapping[Any, Any], file: str) -> EmbeddingSettings:
    """Return the settings that a mapping holds, or raise `InputError` with every fault."""
    return settings_file.parse(EmbeddingSettings, content, file)


def _refuse_password(url: str | None) -> None:
    """Raise ValueError for a URL with one: manifests hold the settings, and messages hold URLs."""
    if url is not None and urlsplit(url).password is not None:
        raise ValueError("url: holds a password; name the variable that has it in api_key_env")
