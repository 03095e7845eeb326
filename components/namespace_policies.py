"""Network policies of a team's namespace: everything is denied, and these few connections are allowed."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from components.network_peers import ALL_PODS, MONITORING, addresses, namespace, neighbours, port

POD_IDENTITY_AGENT = "169.254.170.23/32"
"""https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html"""


@dataclass(frozen=True, kw_only=True)
class NamespacePoliciesArgs:
    """What the policies of a namespace need."""

    namespace: pulumi.Input[str]
    https_egress: bool
    """HTTPS to anywhere for all pods; otherwise a release opens what its own pods need."""


class NamespacePolicies(pulumi.ComponentResource):
    """Default deny in both directions, and what every pod needs: names, its neighbours, metrics, AWS credentials."""

    def __init__(self, name: str, args: NamespacePoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:namespace_policies:NamespacePolicies", name, None, opts)
        for policy, spec in _policies(https_egress=args.https_egress).items():
            NetworkPolicy(
                f"{name}-{policy}",
                metadata=ObjectMetaArgs(name=policy, namespace=args.namespace),
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _policies(*, https_egress: bool) -> dict[str, NetworkPolicySpecArgs]:
    """The policies by name; they hold for all pods of the namespace."""
    names = namespace("kube-system", {"k8s-app": "kube-dns"})
    policies = {
        "default-deny": NetworkPolicySpecArgs(pod_selector=ALL_PODS, policy_types=["Ingress", "Egress"]),
        "allow-dns": _egress(names, port(53, "UDP"), port(53)),
        "allow-same-namespace": NetworkPolicySpecArgs(
            pod_selector=ALL_PODS,
            policy_types=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRuleArgs(from_=[neighbours()])],
            egress=[NetworkPolicyEgressRuleArgs(to=[neighbours()])],
        ),
        "allow-scrape": NetworkPolicySpecArgs(
            pod_selector=ALL_PODS,
            policy_types=["Ingress"],
            ingress=[NetworkPolicyIngressRuleArgs(from_=[namespace(MONITORING)])],
        ),
        "allow-pod-identity": _egress(addresses(POD_IDENTITY_AGENT), port(80)),
    }
    if https_egress:
        policies["allow-https"] = _egress(addresses("0.0.0.0/0"), port(443))
    return policies


def _egress(to: NetworkPolicyPeerArgs, *ports: NetworkPolicyPortArgs) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(
        pod_selector=ALL_PODS, policy_types=["Egress"], egress=[NetworkPolicyEgressRuleArgs(to=[to], ports=[*ports])]
    )
