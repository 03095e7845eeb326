"""Wires the namespaces of one environment: the teams' own, and those of the releases that are on."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from catalogue.charts import Chart
from components.ingress_policies import AllowedIngress
from components.naming import label_value
from components.workload_namespace import PodSecurity, Quota, WorkloadNamespace, WorkloadNamespaceArgs
from stacks.workload_ground import WorkloadGround

SYSTEM_NAMESPACE = "kube-system"
"""EKS makes it; EKS's own pods there forbid any stricter level than privileged."""


def build_namespaces(ground: WorkloadGround, opts: pulumi.ResourceOptions) -> Mapping[str, WorkloadNamespace]:
    """Register every namespace but Kubernetes' own; return them by name."""
    settings = ground.foundation.settings
    wanted = [
        WorkloadNamespaceArgs(
            namespace=namespace.name,
            team=namespace.team,
            workload=namespace.workload,
            pod_security=namespace.pod_security,
            kubernetes_version=settings.cluster.kubernetes_version,
            quota=Quota(**namespace.quota.model_dump()),
            https_egress=namespace.https_egress,
            after=ground.ready,
        )
        for namespace in settings.namespaces
    ]
    levels: dict[str, PodSecurity] = {chart.namespace: chart.pod_security for chart in ground.charts}
    wanted += [
        WorkloadNamespaceArgs(
            namespace=namespace,
            team=label_value(settings.ownership.team),
            workload="platform",
            pod_security=level,
            kubernetes_version=settings.cluster.kubernetes_version,
            isolated=False,
            ingress=[
                allowed
                for chart in ground.charts
                if chart.namespace == namespace
                for allowed in _ingress(chart, ground.foundation.network.cidr)
            ],
            after=ground.ready,
        )
        for namespace, level in levels.items()
        if namespace != SYSTEM_NAMESPACE
    ]
    return {args.namespace: WorkloadNamespace(args.namespace, args, opts) for args in wanted}


def _ingress(chart: Chart, vpc_cidr: str) -> list[AllowedIngress]:
    return [
        AllowedIngress(
            name=f"{chart.release}-{name}",
            pods=allowed.pods,
            ports=allowed.ports,
            cidr=vpc_cidr if allowed.vpc else None,
            namespaces=allowed.namespaces,
            workloads=allowed.workloads,
            every_namespace=allowed.every_namespace,
        )
        for name, allowed in chart.ingress.items()
    ]
