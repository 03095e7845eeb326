"""Wires the indexes of one environment: each entry of the stack file's `embeddings` becomes one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from catalogue.chart_digest import CHARTS_FOLDER, chart_digest
from components.bucket_prefix_policy import Access, BucketPrefixes
from components.embedding_index import EmbeddingIndex, EmbeddingIndexArgs, IndexSecret
from components.external_secrets import SecretStore
from components.storage import Storage
from components.vector_database import VectorDatabase
from components.workload_access import secret_prefix
from stacks.embedding_settings import (
    ADMIN_PASSWORD_ENV,
    DATABASE_KEY_ENV,
    DECLARATION_FILE,
    ENDPOINT_KEY_ENV,
    SETTINGS_FILE,
    pipeline_settings,
    runs_prefix,
)
from stacks.foundation import Foundation
from stacks.image_reference import image_parts
from stacks.sections.embeddings import EmbeddingIndexSettings
from stacks.workload_ground import POD_MONITORS_RELEASE

CHART = "../charts/embedding"
"""Relative to stacks/, the program's working directory: a path that does not depend on the machine."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingGround:
    """What the indexes stand on."""

    foundation: Foundation
    cluster_name: pulumi.Input[str]
    kubernetes: pulumi.ProviderResource
    storage: Storage
    database: VectorDatabase | None
    namespaces: Mapping[str, pulumi.Resource]
    """By name, with their quotas and network policies."""
    releases: Mapping[str, pulumi.Resource]
    """Releases that are on, by name."""
    store: SecretStore | None
    after: Sequence[pulumi.Resource] = ()
    """What every index needs: priority classes, nodes."""


def build_embeddings(ground: EmbeddingGround) -> Mapping[str, EmbeddingIndex]:
    """Register every index; return them by name."""
    aws = ground.foundation.opts.provider
    providers = {"kubernetes": ground.kubernetes} | ({"aws": aws} if aws is not None else {})
    wanted = ground.foundation.settings.embeddings
    if not wanted or ground.database is None or ground.store is None:
        return {}  # the rules of the section have refused an index without these
    return {
        index.name: EmbeddingIndex(
            index.release,
            _index_args(ground, ground.database, ground.store, index),
            pulumi.ResourceOptions(providers=providers),
        )
        for index in wanted
    }


def _index_args(
    ground: EmbeddingGround, database: VectorDatabase, store: SecretStore, index: EmbeddingIndexSettings
) -> EmbeddingIndexArgs:
    settings = ground.foundation.settings
    needed = [POD_MONITORS_RELEASE] if POD_MONITORS_RELEASE in settings.charts.releases else []
    needed += ["kuberay-operator"] if index.batch_workers else []
    needed += [database.engine] if database.engine in ground.releases else []
    return EmbeddingIndexArgs(
        release=index.release,
        team=_team(ground.foundation, index),
        namespace=index.namespace,
        chart=CHART,
        chart_digest=chart_digest(CHARTS_FOLDER / "embedding"),
        values=_values(ground, database, index),
        cluster_name=ground.cluster_name,
        account_id=settings.aws.account_id,
        buckets=_buckets(ground, index),
        database_arns=database.connection.connect_arns,
        secrets=_secrets(settings.ownership.environment, database, index),
        store=store,
        after=[
            ground.namespaces[index.namespace],
            *database.connection.ready,
            *(ground.releases[name] for name in needed),
            *ground.after,
        ],
    )


def _team(foundation: Foundation, index: EmbeddingIndexSettings) -> str:
    return next(each.team for each in foundation.settings.namespaces if each.name == index.namespace)


def _buckets(ground: EmbeddingGround, index: EmbeddingIndexSettings) -> dict[str, BucketPrefixes]:
    def part(purpose: str, prefix: str, access: Access) -> BucketPrefixes:
        return BucketPrefixes(
            bucket_arn=ground.storage.bucket_arns[purpose],
            prefixes=[prefix],
            key_arn=ground.foundation.keys.storage_key_arn,
            region=ground.foundation.settings.aws.region,
            access=access,
        )

    parts = {
        "documents": part("datasets", index.documents, "read"),
        "runs": part("datasets", runs_prefix(index), "write"),
    }
    return parts | ({"model": part("models", index.model.s3, "read")} if index.model.s3 else {})


def _secrets(environment: str, database: VectorDatabase, index: EmbeddingIndexSettings) -> dict[str, IndexSecret]:
    """Keys that the pods are given: the database's own, the endpoint's, and the one that clients must send."""
    secrets: dict[str, IndexSecret] = {}
    if database.connection.iam_user is not None:
        # The pods sign in by IAM; only the job that prepares the database has its owner's password.
        secrets["admin"] = IndexSecret(
            keys=["username", database.connection.secret_key], source=database.connection.secret_name
        )
    else:
        keys = [
            database.connection.secret_key,
            *([database.connection.read_only_secret_key] if database.connection.read_only_secret_key else []),
        ]
        secrets["database"] = IndexSecret(keys=keys, source=database.connection.secret_name)
    endpoint = index.model.endpoint
    named = {
        "endpoint": endpoint.api_key_secret if endpoint is not None else None,
        "search": index.search.api_key_secret if index.search is not None else None,
    }
    for label, secret in named.items():
        if secret is not None:
            source = f"{secret_prefix(environment)}{index.namespace}/{secret}"
            secrets[label] = IndexSecret(keys=["api-key"], source=source)
    return secrets


def _values(ground: EmbeddingGround, database: VectorDatabase, index: EmbeddingIndexSettings) -> dict[str, Any]:
    settings = ground.foundation.settings
    buckets = ground.storage.bucket_names
    model = pulumi.Output.format("s3://{}/{}", buckets["models"], index.model.s3) if index.model.s3 else ""
    repository, tag, digest = image_parts(index.image)
    written = pipeline_settings(index, database, buckets["datasets"], settings.aws.region)
    return {
        "team": _team(ground.foundation, index),
        "image": {"repository": repository, "tag": tag, "digest": digest},
        "settings": written,
        "secrets": _pod_secrets(database, index),
        "model": {"s3": model},
        "prepare": _prepare(database, index),
        "ingest": {
            "schedule": index.schedule,
            "suspend": index.suspended,
            "pool": index.pool,
            "gpus": index.gpus,
        },
        "drift": {"schedule": index.drift_schedule, "suspend": index.suspended},
        # Aurora has backups and point-in-time recovery of its own, and so has the SaaS.
        "backup": {"enabled": database.engine in ("qdrant", "weaviate", "milvus"), "suspend": index.suspended},
        "search": _search(database, index, written),
        "batch": {
            "enabled": index.batch_workers > 0,
            "workers": max(1, index.batch_workers),
            "pool": index.pool,
            "gpus": index.gpus,
        },
        "podMonitor": {"enabled": POD_MONITORS_RELEASE in settings.charts.releases},
        "networkPolicy": {"database": _reach(database), "endpoints": _endpoints(index)},
    }


def _pod_secrets(database: VectorDatabase, index: EmbeddingIndexSettings) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    if database.connection.iam_user is None:
        found.append(
            {"env": DATABASE_KEY_ENV, "secret": f"{index.release}-database", "key": database.connection.secret_key}
        )
    if index.model.endpoint is not None and index.model.endpoint.api_key_secret is not None:
        found.append({"env": ENDPOINT_KEY_ENV, "secret": f"{index.release}-endpoint", "key": "api-key"})
    return found


def _prepare(database: VectorDatabase, index: EmbeddingIndexSettings) -> dict[str, Any]:
    """What has to be done to the database before the first document: a schema and a user, or an index of the SaaS."""
    connection = database.connection
    if connection.iam_user is not None:
        args = ["migrate", SETTINGS_FILE, "--admin-url", connection.admin_url]
        args += ["--admin-password-env", ADMIN_PASSWORD_ENV]
        secret = {"env": ADMIN_PASSWORD_ENV, "secret": f"{index.release}-admin", "key": connection.secret_key}
        return {"enabled": True, "args": args, "secrets": [secret]}
    if database.index_declaration is not None:
        secret = {"env": DATABASE_KEY_ENV, "secret": f"{index.release}-database", "key": connection.secret_key}
        args = ["pinecone-index", DECLARATION_FILE, "--api-key-env", DATABASE_KEY_ENV]
        declared = {"declaration": dict(database.index_declaration), "secrets": [secret]}
        return {"enabled": True, "args": args, **declared}
    return {"enabled": False}


def _search(database: VectorDatabase, index: EmbeddingIndexSettings, settings: Mapping[str, Any]) -> dict[str, Any]:
    if index.search is None:
        return {"enabled": False}
    values: dict[str, Any] = {
        "enabled": True,
        "replicas": {"min": index.search.min_replicas, "max": index.search.max_replicas},
    }
    if index.search.api_key_secret is not None:
        values["apiKey"] = {"secret": f"{index.release}-search", "key": "api-key"}
    if database.connection.read_only_secret_key is not None:
        others = [each for each in _pod_secrets(database, index) if each["env"] != DATABASE_KEY_ENV]
        key = {
            "env": DATABASE_KEY_ENV,
            "secret": f"{index.release}-database",
            "key": database.connection.read_only_secret_key,
        }
        values["secrets"] = [key, *others]
    if database.connection.has_readers:
        # A copy of the writer's data, milliseconds late; heads and points come from the same one.
        store = {**settings["store"], "url": database.connection.reader_url}
        values["settings"] = {**settings, "store": store}
    return values


def _endpoints(index: EmbeddingIndexSettings) -> list[dict[str, Any]]:
    """The Service that makes the vectors, where it is one of the cluster."""
    endpoint = index.model.endpoint
    namespace = endpoint.namespace(index.namespace) if endpoint is not None else None
    if endpoint is None or namespace is None:
        return []
    return [{"namespace": namespace, "port": endpoint.port}]


def _reach(database: VectorDatabase) -> dict[str, Any]:
    """Where the database is, for the network policy of its clients."""
    egress = database.connection.egress
    return {"cidrs": list(egress.cidrs), "namespace": egress.namespace or "", "ports": list(egress.ports)}
