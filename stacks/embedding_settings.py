"""The file embedding.yaml of an index, as workloads/embedding reads it."""

from __future__ import annotations

from typing import Any, Final

import pulumi

from components.vector_database import VectorDatabase
from stacks.sections.embeddings import EmbeddingIndexSettings

SETTINGS_FILE: Final = "/etc/embedding/embedding.yaml"
DECLARATION_FILE: Final = "/etc/embedding/declaration.yaml"
DATABASE_KEY_ENV: Final = "VECTOR_DATABASE_KEY"
ENDPOINT_KEY_ENV: Final = "EMBEDDER_API_KEY"
SEARCH_KEY_ENV: Final = "SEARCH_API_KEY"
"""As charts/embedding names it."""
ADMIN_PASSWORD_ENV: Final = "VECTOR_DATABASE_ADMIN_PASSWORD"  # noqa: S105 - the variable's name
CERTIFICATES: Final = "/etc/ssl/certs/databases.pem"
"""In the image: the system's authorities and those of RDS."""
MODEL_FOLDER: Final = "/model"


def runs_prefix(index: EmbeddingIndexSettings) -> str:
    """Prefix of the datasets bucket for manifests, calibrations and backups: `embedding/handbook`."""
    return f"embedding/{index.name}"


def pipeline_settings(
    index: EmbeddingIndexSettings, database: VectorDatabase, bucket: pulumi.Output[str], region: str
) -> dict[str, Any]:
    """Return the settings; `bucket` is the datasets'."""
    return {
        "index": index.name,
        "source": {
            "uri": pulumi.Output.format("s3://{}/{}/", bucket, index.documents),
            "include": list(index.include),
            "exclude": list(index.exclude),
        },
        "manifests": pulumi.Output.format("s3://{}/{}/", bucket, runs_prefix(index)),
        "chunking": index.chunking.model_dump(),
        "embedder": _embedder(index),
        "store": _store(database, region),
    } | ({"search": {"api_key_env": SEARCH_KEY_ENV}} if index.search and index.search.api_key_secret else {})


def _embedder(index: EmbeddingIndexSettings) -> dict[str, Any]:
    model = index.model
    settings: dict[str, Any] = {"model": model.id, "revision": model.revision}
    if model.s3 is not None:
        settings["path"] = MODEL_FOLDER
    if model.endpoint is None:
        return settings | {"kind": "sentence-transformers"}
    if model.endpoint.api_key_secret is not None:
        settings["api_key_env"] = ENDPOINT_KEY_ENV
    return settings | {"kind": model.endpoint.kind, "url": model.endpoint.url}


def _store(database: VectorDatabase, region: str) -> dict[str, Any]:
    collection = database.collection
    settings: dict[str, Any] = {
        "engine": database.engine,
        "url": database.connection.url,
        "metric": collection.metric,
        "index": collection.index,
        "hnsw_m": collection.hnsw_m,
        "replication_factor": collection.replication_factor,
        "shards": collection.shards,
    }
    if database.connection.grpc_endpoint is not None:
        settings["grpc_url"] = database.connection.grpc_endpoint
    if database.connection.iam_user is not None:
        return settings | {"iam_region": region, "ca_file": CERTIFICATES}
    return settings | {"api_key_env": DATABASE_KEY_ENV}
