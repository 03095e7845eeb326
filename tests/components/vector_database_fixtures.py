"""Arguments of each engine of the vector database, and how a test looks at what came out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pulumi

from components.in_cluster_database import InClusterDatabaseArgs, InClusterEngine
from components.pgvector_database import PgvectorArgs, ServerlessCapacity
from components.pinecone_index import PineconeArgs
from components.qdrant_database import QDRANT
from components.vector_connection import VectorConnection
from tests.components.recorder import Recording, record

RANDOM_PASSWORD = "aws:secretsmanager/getRandomPassword:getRandomPassword"
KEY = "arn:aws:kms:us-east-1:111122223333:key"

PGVECTOR = PgvectorArgs(
    identifier="llm-platform-dev-vectors",
    serverless=ServerlessCapacity(0.5, 4),
    instance_class=None,
    readers=0,
    proxy=False,
    build_bytes=2 * 1024**3,
    backup_days=7,
    deletion_protection=False,
    retained=False,
    subnet_ids={"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
    vpc_id="vpc-1",
    vpc_cidr="10.20.0.0/16",
    client_security_group_id="sg-nodes",
    database_key_arn=f"{KEY}/database",
    secrets_key_arn=f"{KEY}/cluster",
    logs_key_arn=f"{KEY}/logs",
    log_retention_days=14,
    account_id="111122223333",
    region="us-east-1",
)
KEPT_PGVECTOR = dataclasses.replace(
    PGVECTOR, serverless=None, instance_class="db.r8gd.2xlarge", readers=2, proxy=True, deletion_protection=True,
    retained=True,
)  # fmt: skip
PINECONE = PineconeArgs(
    environment="dev",
    declaration={"name": "documents"},
    host=None,
    private_link=None,
    vpc_id="vpc-1",
    vpc_cidr="10.20.0.0/16",
    subnet_ids=["subnet-a", "subnet-b"],
    client_security_group_id="sg-nodes",
    secrets_key_arn=f"{KEY}/cluster",
    retained=False,
)


def in_cluster(engine: InClusterEngine = QDRANT, *, retained: bool = False) -> InClusterDatabaseArgs:
    return InClusterDatabaseArgs(
        engine=engine,
        environment="dev",
        namespace="vector-stores",
        secrets_key_arn=f"{KEY}/cluster",
        retained=retained,
    )


def random_password(asked: dict[str, Any]) -> dict[str, Any]:
    """What Secrets Manager answers, in the length that was asked for."""
    return {"id": "random", "randomPassword": "x" * int(asked["passwordLength"])}


def recorded(build: Callable[[], object], *, preview: bool = False) -> Recording:
    def registered() -> None:
        build()

    return record(registered, invokes={RANDOM_PASSWORD: random_password}, preview=preview)


def known(build: Callable[[], VectorConnection]) -> dict[str, Any]:
    """The connection with every output awaited: an output that is asserted as such asserts nothing."""
    found: dict[str, Any] = {}

    def keep(name: str) -> Callable[[Any], None]:
        return lambda value: found.__setitem__(name, value)

    def registered() -> None:
        for field in dataclasses.fields(connection := build()):
            value = getattr(connection, field.name)
            if field.name != "ready":
                pulumi.Output.all(*value).apply(keep(field.name)) if field.name == "connect_arns" else (
                    pulumi.Output.from_input(value).apply(keep(field.name))
                )

    recorded(registered)
    return found
