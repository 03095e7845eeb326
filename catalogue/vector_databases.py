"""What the vector databases are and can hold: vector-databases.yaml and its loader."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from catalogue.data_file import Record, read_yaml, validate

VECTOR_DATABASES_FILE = Path(__file__).parent / "vector-databases.yaml"

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Count = Annotated[int, Field(ge=1)]


class InstanceClass(Record):
    """A class of Aurora instances."""

    vcpus: Count
    memory_gib: Count
    nvme_gb: Count
    """Local disk, which Optimized Reads uses as a second cache and for temporary files."""


class Aurora(Record):
    """Aurora PostgreSQL."""

    date: date
    version: Text
    parameter_family: Text
    pgvector_version: Text
    acu_memory_gib: Count
    acu_minimum: int
    acu_maximum: Count
    shared_buffers_percent: Annotated[int, Field(ge=1, le=100)]
    optimized_reads_reach: Count
    most_readers: Count
    largest_cluster_tib: Count
    sources: Texts
    instance_classes: Mapping[str, InstanceClass]


class LongestVectors(Record):
    """Longest vector that each engine indexes."""

    date: date
    sources: Texts
    dimensions: Mapping[str, Count]


class PrivateLink(Record):
    """A region's way to Pinecone that does not leave AWS's network."""

    service: Annotated[str, Field(pattern=r"^com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]+$")]
    domain: Text


class Pinecone(Record):
    """What Pinecone sells."""

    date: date
    sources: Texts
    pod_vectors: Mapping[str, Mapping[int, Count]]
    serverless_regions: Mapping[str, Texts]
    pod_environments: Mapping[str, Texts]
    private_links: Mapping[str, PrivateLink]


class VectorDatabases(Record):
    """The whole file."""

    aurora: Aurora
    longest_vectors: LongestVectors
    pinecone: Pinecone


def read_vector_databases(path: Path) -> VectorDatabases:
    """A data file, validated; raises CatalogueError with every fault of it."""
    return validate(path, read_yaml(path), VectorDatabases)


@cache
def load_vector_databases() -> VectorDatabases:
    """The figures that the project ships."""
    return read_vector_databases(VECTOR_DATABASES_FILE)
