"""What a client must know to use a vector database, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class Egress:
    """What a client's network policy must let out: to addresses, or to pods."""

    ports: Sequence[int]
    cidrs: Sequence[str] = ()
    namespace: str | None = None
    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class CollectionDefaults:
    """How collections are made, in the words of the pipeline's settings."""

    dimension: int
    metric: str
    index: str
    hnsw_m: int
    replication_factor: int
    shards: int


@dataclass(frozen=True, kw_only=True)
class VectorConnection:
    """Where a vector database answers and what opens it."""

    endpoint: pulumi.Output[str]
    """Host, without scheme and port."""
    reader_endpoint: pulumi.Output[str]
    """Host that only reads; the same where there is none."""
    port: int
    tls: bool
    url: pulumi.Output[str]
    """What the pipeline's setting `store.url` takes; without a password."""
    reader_url: pulumi.Output[str]
    """What it takes of who only reads."""
    has_readers: bool = False
    """Whether that is another place than the writer's."""
    admin_url: pulumi.Output[str]
    """For what only an administrator may do, such as migrations: another user, and past any proxy."""
    secret_name: pulumi.Output[str]
    """In Secrets Manager, a JSON object; encrypted with the key of the environment's secrets."""
    secret_arn: pulumi.Output[str]
    secret_key: str
    """Key of that object with the administrator's password, or with the API key."""
    read_only_secret_key: str | None = None
    """Key with an API key that can't write."""
    grpc_endpoint: str | None = None
    """Host and port of a second protocol."""
    iam_user: str | None = None
    """Database user that signs in with tokens of IAM in place of a password."""
    connect_arns: Sequence[pulumi.Output[str]] = ()
    """What `rds-db:connect` must allow for that user."""
    metrics_endpoint: str | None = None
    """URL that Prometheus can scrape."""
    security_group_id: pulumi.Output[str] | None = None
    """Of what answers inside the VPC; None where that is a pod."""
    egress: Egress
    ready: Sequence[pulumi.Resource]
    """What a client waits for."""
