"""Wires the hosts that Ansible configures, dedicated hosts and own machines, and says what it must know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from catalogue.gpu_machines import load_gpu_machines
from catalogue.instance_types import load_instance_types
from components.cluster import Cluster
from components.dedicated_hosts import DedicatedHosts, DedicatedHostsArgs
from components.hybrid_nodes import HybridNodes, HybridNodesArgs
from components.naming import GPU_RESOURCE, accelerator_taint, kubernetes_taint, own_machine_labels
from components.node_config import JoinedCluster
from components.roles_anywhere import CertificateAuthority
from stacks.foundation import Foundation
from stacks.gpu_host_document import document
from stacks.node_groups import approval, gpu_model
from stacks.sections.charts import GPU_OPERATOR
from stacks.sections.hybrid_nodes import HybridNodesSettings
from stacks.settings import Settings

GpuExporter = Literal["host", "cluster"]


@dataclass(frozen=True, kw_only=True)
class GpuHosts:
    """What was registered."""

    dedicated: Mapping[str, DedicatedHosts]
    """By group."""
    hybrid_nodes: HybridNodes | None

    @property
    def instance_ids(self) -> dict[str, list[pulumi.Output[str]]]:
        """Ids of the instances on dedicated hosts, by group."""
        return {name: group.instance_ids for name, group in self.dedicated.items()}


def build_gpu_hosts(ground: Foundation, cluster: Cluster) -> GpuHosts:
    """Register dedicated hosts with their instances, and what own machines need to join."""
    wanted = ground.settings.hybrid_nodes
    return GpuHosts(
        dedicated=_dedicated_hosts(ground, cluster),
        hybrid_nodes=None if wanted is None else _hybrid_nodes(ground, cluster, wanted),
    )


def _dedicated_hosts(ground: Foundation, cluster: Cluster) -> dict[str, DedicatedHosts]:
    settings = ground.settings
    joined = JoinedCluster(
        name=cluster.name,
        ownership_tag=f"kubernetes.io/cluster/{ground.name}",
        endpoint=cluster.endpoint,
        certificate_authority_data=cluster.certificate_authority_data,
        service_cidr=cluster.service_cidr,
        security_group_id=cluster.security_group_id,
        after=[ground.network, cluster],
    )
    return {
        group.name: DedicatedHosts(
            group.name,
            DedicatedHostsArgs(
                instance_type=group.instance_type,
                gpu_model=gpu_model([group.instance_type]) or "",
                zone=group.zone,
                vpc_id=ground.network.vpc_id,
                subnet_id=ground.private_subnet(group.zone),
                hosts=group.hosts,
                instances_per_host=group.instances_per_host,
                auto_placement=group.auto_placement,
                host_recovery=group.host_recovery,
                ami_id=group.ami_id,
                root_volume_gib=group.root_volume_gib,
                volumes_key_arn=ground.keys.volumes_key_arn,
                environment=settings.ownership.environment,
                cluster=joined,
                pool=group.pool,
                max_pods=load_instance_types()[group.instance_type].pods_with_prefix_delegation,
                account_id=settings.aws.account_id,
                region=settings.aws.region,
                cached_prefixes=_cached_prefixes(ground),
                team=group.team,
                approval=approval(group.approval),
            ),
            ground.opts,
        )
        for group in settings.dedicated_hosts
    }


def _hybrid_nodes(ground: Foundation, cluster: Cluster, wanted: HybridNodesSettings) -> HybridNodes:
    authority = wanted.certificate_authority
    return HybridNodes(
        "hybrid-nodes",
        HybridNodesArgs(
            platform=ground.name,
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            cluster_security_group_id=cluster.security_group_id,
            account_id=ground.settings.aws.account_id,
            region=ground.settings.aws.region,
            node_networks=wanted.remote_node_networks,
            pod_networks=wanted.remote_pod_networks,
            hosts=sum(len(group.hosts) for group in wanted.groups),
            secrets_key_arn=ground.keys.cluster_key_arn,
            certificate_authority=(
                CertificateAuthority(pem=authority.pem, private_ca_arn=authority.private_ca_arn) if authority else None
            ),
            session_hours=wanted.session_hours,
            activation_until=wanted.activation_until,
            retained=ground.settings.storage.retained,
            cached_prefixes=_cached_prefixes(ground),
        ),
        ground.opts,
    )


def _cached_prefixes(ground: Foundation) -> list[str]:
    return [rule.prefix for rule in ground.settings.storage.pull_through]


def gpu_exporter(settings: Settings) -> GpuExporter:
    """Who exports the metrics of the hosts' GPUs; both at once would take profiling counters from each other."""
    return "cluster" if GPU_OPERATOR in settings.charts.releases else "host"


def scraped_hosts(settings: Settings) -> bool:
    """Whether Prometheus has exporters to scrape that are services of hosts."""
    return bool(settings.dedicated_hosts or settings.hybrid_nodes) and gpu_exporter(settings) == "host"


def gpu_host_document(ground: Foundation, cluster: Cluster, hosts: GpuHosts) -> pulumi.Output[dict[str, Any]] | None:
    """Return what Ansible must know, checked once all of it is known; None where it has no host to configure."""
    settings = ground.settings
    if settings.gpu_hosts is None or not (settings.dedicated_hosts or settings.hybrid_nodes):
        return None
    values: dict[str, Any] = {
        "format": 1,
        "environment": settings.ownership.environment,
        "region": settings.aws.region,
        "account_id": settings.aws.account_id,
        "cluster": {
            "name": cluster.name,
            "kubernetes_version": settings.cluster.kubernetes_version,
            "endpoint": cluster.endpoint,
            "certificate_authority_data": cluster.certificate_authority_data,
            "service_cidr": cluster.service_cidr,
            "network": ground.network.cidr,
        },
        "gpu_stack_owner": settings.charts.gpu_stack_owner,
        "gpu_exporter": gpu_exporter(settings),
        "version_set": settings.gpu_hosts.version_set,
        "groups": _dedicated_groups(ground, hosts) | _dgx_groups(settings.hybrid_nodes, hosts.hybrid_nodes),
        "hybrid_nodes": _hybrid_part(settings.hybrid_nodes, hosts.hybrid_nodes),
    }
    return pulumi.Output.from_input(values).apply(document)


def _dedicated_groups(ground: Foundation, hosts: GpuHosts) -> dict[str, Any]:
    return {
        group.name: {
            "kind": "dedicated-host",
            "machine": group.instance_type,
            "labels": dict(made.labels),
            "taints": [kubernetes_taint(taint) for taint in made.taints],
            "role_arn": made.role_arn,
            "host_ids": made.host_ids,
            "instance_ids": made.instance_ids,
            "hosts": [],
            "mig_layout": group.mig_layout,
        }
        for group in ground.settings.dedicated_hosts
        for made in (hosts.dedicated[group.name],)
    }


def _dgx_groups(wanted: HybridNodesSettings | None, made: HybridNodes | None) -> dict[str, Any]:
    if wanted is None or made is None:
        return {}
    machines = load_gpu_machines().machines
    return {
        group.name: {
            "kind": "dgx",
            "machine": group.machine,
            "labels": own_machine_labels(group.pool, group.machine, machines[group.machine].gpu),
            "taints": [kubernetes_taint(accelerator_taint(GPU_RESOURCE, group.pool))],
            "role_arn": made.role_arn,
            "host_ids": [],
            "instance_ids": [],
            "hosts": list(group.hosts),
            "mig_layout": group.mig_layout,
        }
        for group in wanted.groups
    }


def _hybrid_part(wanted: HybridNodesSettings | None, made: HybridNodes | None) -> dict[str, Any] | None:
    if wanted is None or made is None:
        return None
    return {
        "credential_provider": wanted.credential_provider,
        "role_arn": made.role_arn,
        "trust_anchor_arn": made.trust_anchor_arn,
        "profile_arn": made.profile_arn,
        "activation_id": made.activation_id,
        "activation_secret_name": made.activation_secret_name,
        "remote_node_networks": list(wanted.remote_node_networks),
        "remote_pod_networks": list(wanted.remote_pod_networks),
    }
