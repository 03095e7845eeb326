"""Who a network policy speaks of, and on which ports: the parts that policies are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs, NetworkPolicyPortArgs

from components.naming import WORKLOAD_LABEL

NAMESPACE_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Label that Kubernetes itself puts on every namespace."""

MONITORING: Final = "monitoring"
"""Namespace of Prometheus in helm-values/charts.yaml."""

ALL_PODS: Final = LabelSelectorArgs()


def neighbours() -> NetworkPolicyPeerArgs:
    """All pods of the policy's own namespace."""
    return NetworkPolicyPeerArgs(pod_selector=ALL_PODS)


def namespace(name: str, pods: Mapping[str, str] | None = None) -> NetworkPolicyPeerArgs:
    """The pods of a namespace: all, or those with some labels."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={NAMESPACE_NAME_LABEL: name}),
        pod_selector=LabelSelectorArgs(match_labels=dict(pods)) if pods else None,
    )


def namespaces(names: Iterable[str]) -> NetworkPolicyPeerArgs:
    """All pods of some namespaces."""
    return _namespaces_with(NAMESPACE_NAME_LABEL, names)


def workloads(kinds: Iterable[str]) -> NetworkPolicyPeerArgs:
    """All pods of the namespaces for some kinds of work: training, inference."""
    return _namespaces_with(WORKLOAD_LABEL, kinds)


def every_namespace() -> NetworkPolicyPeerArgs:
    """All pods of the cluster."""
    return NetworkPolicyPeerArgs(namespace_selector=LabelSelectorArgs())


def addresses(cidr: str) -> NetworkPolicyPeerArgs:
    """Whatever has an address of a range."""
    return NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=cidr))


def port(number: int, protocol: str = "TCP") -> NetworkPolicyPortArgs:
    """A port of the pods; not that of a Service before them."""
    return NetworkPolicyPortArgs(port=number, protocol=protocol)


def ports(numbers: Sequence[int]) -> list[NetworkPolicyPortArgs]:
    """TCP ports of the pods."""
    return [port(number) for number in numbers]


def _namespaces_with(key: str, values: Iterable[str]) -> NetworkPolicyPeerArgs:
    selector = LabelSelectorRequirementArgs(key=key, operator="In", values=sorted(set(values)))
    return NetworkPolicyPeerArgs(namespace_selector=LabelSelectorArgs(match_expressions=[selector]))
