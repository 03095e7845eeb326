"""Wires the vector database of one environment: the engine that its stack file names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from catalogue.charts import load_charts
from catalogue.vector_databases import load_vector_databases
from catalogue.vector_sizing import build_bytes
from components.cluster import Cluster
from components.in_cluster_database import InClusterDatabaseArgs, InClusterEngine
from components.milvus_database import MILVUS
from components.pgvector_database import PgvectorArgs, ServerlessCapacity
from components.pinecone_index import PineconeArgs
from components.qdrant_database import QDRANT
from components.store_policy import StorePolicy, StorePolicyArgs
from components.vector_connection import CollectionDefaults
from components.vector_database import EngineArgs, VectorDatabase, VectorDatabaseArgs
from components.weaviate_database import WEAVIATE
from components.workload_namespace import WorkloadNamespace
from stacks.foundation import Foundation
from stacks.sections.vector_database import PgvectorSettings, PineconeSettings, VectorDatabaseSettings
from stacks.sections.vector_database_rules import LEAST_ZONES
from stacks.settings import Settings

ENGINES: Final[Mapping[str, InClusterEngine]] = {engine.release: engine for engine in (QDRANT, WEAVIATE, MILVUS)}


def build_vector_database(ground: Foundation, cluster: Cluster) -> VectorDatabase | None:
    """Register the vector database; None where the stack file has none."""
    wanted = ground.settings.vector_database
    if wanted is None:
        return None
    part = wanted.in_cluster
    collection = CollectionDefaults(
        dimension=wanted.collection.dimension,
        metric=wanted.collection.metric,
        index=wanted.collection.index,
        hnsw_m=wanted.collection.hnsw_m,
        replication_factor=part.replication_factor if part else 1,
        shards=part.shards if part else 1,
    )
    args = VectorDatabaseArgs(engine=_engine_args(ground, cluster, wanted), collection=collection)
    return VectorDatabase("vector-database", args, ground.opts)


def build_store_policies(
    settings: Settings, namespaces: Mapping[str, WorkloadNamespace], opts: pulumi.ResourceOptions
) -> None:
    """Register who may connect to each engine in the cluster.

    To that of the vector database its clients, to any other that runs the teams' pods; API keys open the rest.
    """
    wanted = settings.vector_database
    teams = [namespace.name for namespace in settings.namespaces if namespace.workload != "platform"]
    for release in settings.charts.releases:
        if release not in ENGINES:
            continue
        engine, name, clients = ENGINES[release], release, teams
        if wanted is not None and wanted.engine == release:
            name = "vector-database"
            clients = [*wanted.client_namespaces, *(index.namespace for index in settings.embeddings)]
        args = StorePolicyArgs(engine=engine, namespace=namespaces[_namespace(release)].name, client_namespaces=clients)
        StorePolicy(name, args, opts)


def vector_database_outputs(database: VectorDatabase) -> dict[str, pulumi.Input[str]]:
    """What is published of it."""
    connection = database.connection
    return {
        "vector-database/engine": database.engine,
        "vector-database/endpoint": connection.endpoint,
        "vector-database/reader-endpoint": connection.reader_endpoint,
        "vector-database/port": str(connection.port),
        "vector-database/url": connection.url,
        "vector-database/secret-arn": connection.secret_arn,
    }


def _engine_args(ground: Foundation, cluster: Cluster, wanted: VectorDatabaseSettings) -> EngineArgs:
    # The rules of the section have refused an engine without its own part.
    if wanted.pgvector is not None:
        return _pgvector_args(ground, cluster, wanted, wanted.pgvector)
    if wanted.pinecone is not None:
        return _pinecone_args(ground, cluster, wanted, wanted.pinecone)
    return InClusterDatabaseArgs(
        engine=ENGINES[wanted.engine],
        environment=ground.settings.ownership.environment,
        namespace=_namespace(wanted.engine),
        secrets_key_arn=ground.keys.cluster_key_arn,
        retained=ground.settings.storage.retained,
    )


def _pgvector_args(
    ground: Foundation, cluster: Cluster, wanted: VectorDatabaseSettings, part: PgvectorSettings
) -> PgvectorArgs:
    settings, network, keys = ground.settings, ground.network, ground.keys
    if len(network.database_subnet_ids) < LEAST_ZONES:
        # Those of an adopted network are known only now.
        zones = ", ".join(network.database_subnet_ids) or "none"
        raise pulumi.RunError(
            f"vector_database.engine 'pgvector' needs database subnets in {LEAST_ZONES} zones or more; "
            f"the adopted network has them in {zones}"
        )
    serverless = part.serverless
    return PgvectorArgs(
        identifier=f"{ground.name}-vectors",
        serverless=ServerlessCapacity(serverless.min_acu, serverless.max_acu) if serverless else None,
        instance_class=part.instance_class,
        readers=part.readers,
        proxy=part.proxy,
        build_bytes=build_bytes(wanted.demand),
        backup_days=part.backup_days,
        deletion_protection=part.deletion_protection,
        retained=settings.storage.retained,
        subnet_ids=network.database_subnet_ids,
        vpc_id=network.vpc_id,
        vpc_cidr=network.cidr,
        client_security_group_id=cluster.security_group_id,
        database_key_arn=keys.database_key_arn,
        secrets_key_arn=keys.cluster_key_arn,
        logs_key_arn=keys.logs_key_arn,
        log_retention_days=settings.cluster.log_retention_days,
        account_id=settings.aws.account_id,
        region=settings.aws.region,
    )


def _pinecone_args(
    ground: Foundation, cluster: Cluster, wanted: VectorDatabaseSettings, part: PineconeSettings
) -> PineconeArgs:
    settings, network = ground.settings, ground.network
    links = load_vector_databases().pinecone.private_links
    return PineconeArgs(
        environment=settings.ownership.environment,
        declaration=index_declaration(settings.ownership.environment, wanted, part),
        host=part.host,
        private_link=links[part.region] if part.private_link else None,
        vpc_id=network.vpc_id,
        vpc_cidr=network.cidr,
        subnet_ids=list(network.private_subnet_ids.values()),
        client_security_group_id=cluster.security_group_id,
        secrets_key_arn=ground.keys.cluster_key_arn,
        retained=settings.storage.retained,
    )


def index_declaration(environment: str, wanted: VectorDatabaseSettings, part: PineconeSettings) -> dict[str, Any]:
    """Return what the index is to be, as `python -m workloads.embedding pinecone-index` reads it."""
    declaration: dict[str, Any] = {
        "name": part.index_name,
        "dimension": wanted.collection.dimension,
        "metric": wanted.collection.metric,
        "cloud": part.cloud,
        "region": part.region,
        "kind": part.kind,
        "deletion_protection": part.deletion_protection,
        "tags": {"environment": environment},
    }
    if part.kind == "pod":
        declaration |= {"pod_type": part.pod_type, "shards": part.shards, "replicas": part.replicas}
    return declaration


def _namespace(release: str) -> str:
    return load_charts().charts[release].namespace
