"""Network policies of a platform namespace: who may connect to the pods of its releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicySpecArgs,
)

from components.network_peers import (
    ALL_PODS,
    MONITORING,
    addresses,
    every_namespace,
    namespace,
    namespaces,
    neighbours,
    ports,
    workloads,
)


@dataclass(frozen=True, kw_only=True)
class AllowedIngress:
    """One connection that some pods of the namespace accept."""

    name: str
    """What connects: part of the policy's name."""
    pods: Mapping[str, str]
    """Labels of the pods."""
    ports: Sequence[int]
    """Of the pods: network policies do not see those of a Service."""
    cidr: str | None = None
    """Range of addresses. The API server calls webhooks from the control plane's interfaces in the cluster's subnets,
    where pods have theirs too: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""
    namespaces: Sequence[str] = ()
    workloads: Sequence[str] = ()
    """Kinds of work, as the namespaces are labelled: training, inference."""
    every_namespace: bool = False

    @property
    def peers(self) -> list[NetworkPolicyPeerArgs]:
        """Who they are; an empty list would stand for everyone."""
        found: list[NetworkPolicyPeerArgs] = []
        if self.cidr:
            found.append(addresses(self.cidr))
        if self.namespaces:
            found.append(namespaces(self.namespaces))
        if self.workloads:
            found.append(workloads(self.workloads))
        if self.every_namespace:
            found.append(every_namespace())
        return found

    def __post_init__(self) -> None:
        """Refuse what would open more than is said."""
        if not self.pods or not self.ports or not self.peers:
            raise ValueError(f"ingress {self.name}: needs pods, ports and somebody who connects")


@dataclass(frozen=True, kw_only=True)
class IngressPoliciesArgs:
    """What `IngressPolicies` needs."""

    namespace: pulumi.Input[str]
    is_monitoring: bool
    """Prometheus is a neighbour there."""
    allowed: Sequence[AllowedIngress] = field(default_factory=tuple[AllowedIngress, ...])


class IngressPolicies(pulumi.ComponentResource):
    """Nobody gets in but the namespace's own pods, Prometheus, and who a release names. What pods call is not limited.

    The kubelet's probes need no rule: a pod can't be closed to its own node, which the VPC CNI holds to.
    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """

    def __init__(self, name: str, args: IngressPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:ingress_policies:IngressPolicies", name, None, opts)
        policies = {"default-deny": _ingress(ALL_PODS), "allow-same-namespace": _ingress(ALL_PODS, neighbours())}
        if not args.is_monitoring:
            policies["allow-scrape"] = _ingress(ALL_PODS, namespace(MONITORING))
        for allowed in args.allowed:
            pods = LabelSelectorArgs(match_labels=dict(allowed.pods))
            policies[f"allow-{allowed.name}"] = _ingress(pods, *allowed.peers, to=allowed.ports)
        for policy, spec in policies.items():
            NetworkPolicy(
                f"{name}-{policy}",
                metadata=ObjectMetaArgs(name=policy, namespace=args.namespace),
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _ingress(pods: LabelSelectorArgs, *peers: NetworkPolicyPeerArgs, to: Sequence[int] = ()) -> NetworkPolicySpecArgs:
    rule = NetworkPolicyIngressRuleArgs(from_=[*peers], ports=ports(to) or None)
    return NetworkPolicySpecArgs(pod_selector=pods, policy_types=["Ingress"], ingress=[rule] if peers else None)
