"""Who may connect to an engine in the cluster: its own pods, its clients, and Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy, NetworkPolicyIngressRuleArgs, NetworkPolicySpecArgs

from components.in_cluster_database import InClusterEngine
from components.network_peers import MONITORING, namespaces, neighbours, port, ports


@dataclass(frozen=True, kw_only=True)
class StorePolicyArgs:
    """What `StorePolicy` needs."""

    engine: InClusterEngine
    namespace: pulumi.Input[str]
    client_namespaces: Sequence[str]
    """All pods of these may connect: an API key opens the rest."""


class StorePolicy(pulumi.ComponentResource):
    """Network policy of an engine's pods. What they call themselves, such as S3, is not limited."""

    def __init__(self, name: str, args: StorePolicyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:store_policy:StorePolicy", name, None, opts)
        engine = args.engine
        allowed = [
            NetworkPolicyIngressRuleArgs(from_=[neighbours()]),
            NetworkPolicyIngressRuleArgs(from_=[namespaces([MONITORING])], ports=[port(engine.metrics_port)]),
        ]
        if args.client_namespaces:
            clients = namespaces(args.client_namespaces)
            allowed.append(NetworkPolicyIngressRuleArgs(from_=[clients], ports=ports(engine.pod_ports)))
        NetworkPolicy(
            f"{name}-policy",
            metadata=ObjectMetaArgs(name=f"{engine.release}-clients", namespace=args.namespace),
            spec=NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=dict(engine.pod_labels)),
                policy_types=["Ingress"],
                ingress=allowed,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
