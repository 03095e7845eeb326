"""A vector database that is a release of ours in the cluster: its keys, and how clients reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from catalogue.release_secrets import secrets_of
from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.vector_connection import Egress, VectorConnection
from components.workload_access import secret_prefix


@dataclass(frozen=True, kw_only=True)
class InClusterEngine:
    """An engine, as its release sets it up."""

    release: str
    """Name of the release, and of the Service that it makes."""
    service_port: int
    pod_labels: Mapping[str, str]
    pod_ports: Sequence[int]
    """Ports of the pods that clients use, which network policies see in place of the Service's."""
    metrics_port: int
    metrics_service: str | None = None
    """Service through which that port is reached; the release's own where None."""
    grpc_service: str | None = None
    grpc_port: int = 0
    secret_key: str
    """Key of its secret that clients use."""
    read_only_secret_key: str | None = None
    derived_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """Keys of the secret that the release does not take, as `GeneratedSecret` makes them."""


@dataclass(frozen=True, kw_only=True)
class InClusterDatabaseArgs:
    """What `InClusterDatabase` needs."""

    engine: InClusterEngine
    environment: str
    namespace: str
    """Namespace of the engine's release."""
    secrets_key_arn: pulumi.Input[str]
    """Key of the environment's secrets."""
    retained: bool


class InClusterDatabase(pulumi.ComponentResource):
    """Secret of an engine's release, under the name that its ExternalSecret reads, with values of nobody's choice.

    Clients speak plain HTTP: what they send stays inside the cluster, and a network policy says who they are.
    """

    connection: VectorConnection

    def __init__(self, name: str, args: InClusterDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:in_cluster_database:InClusterDatabase", name, None, opts)
        engine = args.engine
        [known] = secrets_of(engine.release, args.environment)
        secret = GeneratedSecret(
            f"{name}-keys",
            GeneratedSecretArgs(
                secret_name=f"{secret_prefix(args.environment)}{args.namespace}/{known.name}",
                description=f"Opens the vector database: {engine.release}",
                keys=known.keys,
                derived=engine.derived_keys,
                key_arn=args.secrets_key_arn,
                retained=args.retained,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        host = _host(engine.release, args.namespace)
        endpoint = pulumi.Output.from_input(host)
        url = pulumi.Output.from_input(f"http://{host}:{engine.service_port}")
        metrics = _host(engine.metrics_service or engine.release, args.namespace)
        grpc = f"{_host(engine.grpc_service, args.namespace)}:{engine.grpc_port}" if engine.grpc_service else None
        self.connection = VectorConnection(
            endpoint=endpoint,
            reader_endpoint=endpoint,
            port=engine.service_port,
            grpc_endpoint=grpc,
            tls=False,
            url=url,
            reader_url=url,
            admin_url=url,
            secret_name=secret.name,
            secret_arn=secret.arn,
            secret_key=engine.secret_key,
            read_only_secret_key=engine.read_only_secret_key,
            metrics_endpoint=f"http://{metrics}:{engine.metrics_port}/metrics",
            egress=Egress(namespace=args.namespace, pod_labels=engine.pod_labels, ports=engine.pod_ports),
            ready=[secret.version],
        )
        self.register_outputs({"endpoint": endpoint, "secretArn": secret.arn})


def _host(service: str, namespace: str) -> str:
    """Name of a Service inside the cluster: `qdrant.vector-stores.svc.cluster.local`."""
    return f"{service}.{namespace}.svc.cluster.local"
