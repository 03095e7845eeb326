"""A namespace with its pod security level, its share of the cluster, and no connection that is not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_kubernetes.core.v1 import (
    LimitRange,
    LimitRangeItemArgs,
    LimitRangeSpecArgs,
    Namespace,
    ResourceQuota,
    ResourceQuotaSpecArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.ingress_policies import AllowedIngress, IngressPolicies, IngressPoliciesArgs
from components.namespace_policies import NamespacePolicies, NamespacePoliciesArgs
from components.naming import GPU_RESOURCE, TEAM_LABEL, WORKLOAD_LABEL, check_label
from components.network_peers import MONITORING

PodSecurity = Literal["restricted", "baseline", "privileged"]
Workload = Literal["training", "inference", "platform"]


@dataclass(frozen=True)
class Quota:
    """The most that all pods of a namespace may ask for together."""

    gpus: int
    cpus: int
    memory_gib: int
    pods: int


@dataclass(frozen=True, kw_only=True)
class WorkloadNamespaceArgs:
    """What a namespace needs."""

    namespace: str
    team: str
    workload: Workload
    pod_security: PodSecurity
    kubernetes_version: str
    """Minor whose Pod Security Standards hold: an upgrade of the cluster does not tighten them by itself."""
    quota: Quota | None = None
    """None for the platform's own namespaces, whose releases state what they take."""
    isolated: bool = True
    """Limit what pods call as well as who calls them; off for upstream charts, whose pods call what they need."""
    ingress: Sequence[AllowedIngress] = ()
    """In a namespace that is not isolated: who may connect to its pods, besides its own and Prometheus."""
    https_egress: bool = False
    """In an isolated namespace: HTTPS to anywhere, for all pods."""
    after: Sequence[pulumi.Resource] = ()
    """What outlives it: the driver of volumes, which deletes those of the claims that go with a namespace."""

    def __post_init__(self) -> None:
        """Refuse labels that the Kubernetes API would refuse."""
        check_label(TEAM_LABEL, self.team)


class WorkloadNamespace(pulumi.ComponentResource):
    """Namespace, ResourceQuota, default requests and network policies."""

    name: pulumi.Output[str]
    """Known when the namespace stands."""
    resource: Namespace

    def __init__(self, name: str, args: WorkloadNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:workload_namespace:WorkloadNamespace", name, None, opts)
        self.resource = Namespace(
            f"{name}-namespace",
            metadata=ObjectMetaArgs(
                name=args.namespace,
                labels={
                    TEAM_LABEL: args.team,
                    WORKLOAD_LABEL: args.workload,
                    **pod_security_labels(args.pod_security, args.kubernetes_version),
                },
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.name = self.resource.metadata.apply(lambda metadata: metadata.name or "")
        if args.quota is not None:
            self._share(name, args.quota)
        if args.isolated:
            NamespacePolicies(
                f"{name}-policies",
                NamespacePoliciesArgs(namespace=self.name, https_egress=args.https_egress),
                pulumi.ResourceOptions(parent=self),
            )
        else:
            IngressPolicies(
                f"{name}-policies",
                IngressPoliciesArgs(
                    namespace=self.name, is_monitoring=args.namespace == MONITORING, allowed=args.ingress
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"name": self.name})

    def _share(self, name: str, quota: Quota) -> None:
        """Limit what all pods ask for, and let those that ask for nothing count for something."""
        in_namespace = pulumi.ResourceOptions(parent=self)
        ResourceQuota(
            f"{name}-quota",
            metadata=ObjectMetaArgs(name="quota", namespace=self.name),
            spec=ResourceQuotaSpecArgs(
                hard={
                    f"requests.{GPU_RESOURCE}": str(quota.gpus),
                    "requests.cpu": str(quota.cpus),
                    "requests.memory": f"{quota.memory_gib}Gi",
                    "pods": str(quota.pods),
                }
            ),
            opts=in_namespace,
        )
        LimitRange(
            f"{name}-defaults",
            metadata=ObjectMetaArgs(name="defaults", namespace=self.name),
            spec=LimitRangeSpecArgs(
                limits=[
                    # Requests only: a default limit below what a container requests would make its pod invalid.
                    LimitRangeItemArgs(type="Container", default_request={"cpu": "100m", "memory": "256Mi"})
                ]
            ),
            opts=in_namespace,
        )


def pod_security_labels(level: PodSecurity, kubernetes_version: str) -> dict[str, str]:
    """Labels of Pod Security Admission: refuse what breaks the level, tell what would break the strictest.

    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    told = "restricted" if level == "baseline" else level
    key = "pod-security.kubernetes.io"
    version = f"v{kubernetes_version}"
    levels = {"enforce": level, "audit": told, "warn": told}
    return {f"{key}/{mode}": value for mode, value in levels.items()} | {
        f"{key}/{mode}-version": version for mode in levels
    }
