"""Wires the components of one environment: settings in, components together, outputs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from catalogue.compatibility import load_compatibility
from components.burst_endpoint import BurstEndpoint, BurstEndpointArgs
from components.cluster import Cluster, ClusterArgs
from components.cluster_access import AccessEntry
from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.interruption import Interruption, InterruptionArgs
from components.node_role import NodeRole, NodeRoleArgs
from components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from components.registry import PullThrough, Registry, RegistryArgs
from components.scratch import Scratch, ScratchArgs
from components.storage import Storage, StorageArgs
from stacks.account_watch import Watched, build_observability, observability_outputs
from stacks.foundation import Foundation, build_foundation
from stacks.gpu_host_document import OUTPUT as GPU_HOSTS
from stacks.gpu_hosts import build_gpu_hosts, gpu_host_document
from stacks.node_groups import build_gpu_node_groups, build_system_node_group
from stacks.settings import Settings
from stacks.vector_database import build_vector_database, vector_database_outputs
from stacks.workload_ground import WorkloadGround
from stacks.workloads import build_workloads

PublishedValue = pulumi.Input[str] | Sequence[pulumi.Input[str]]


def build_platform(settings: Settings) -> None:
    """Register the whole environment."""
    ground = build_foundation(settings)
    storage = _storage(ground)
    registry = _registry(ground)
    cluster = _cluster(ground)
    node_role = NodeRole("nodes", _node_role_args(settings), ground.opts)
    system = build_system_node_group(ground, cluster, node_role)
    addons = ClusterAddons(
        "addons",
        ClusterAddonsArgs(
            cluster_name=cluster.name,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
            addons=_addons(settings),
            after=[system.resource],
            readable_bucket_arns=[storage.bucket_arns["models"], storage.bucket_arns["datasets"]],
            storage_key_arn=ground.keys.storage_key_arn,
            volumes_key_arn=ground.keys.volumes_key_arn,
        ),
        ground.opts,
    )
    karpenter_nodes = NodeRole("karpenter-nodes", _node_role_args(settings, cluster.name), ground.opts)
    interruption = _interruption(ground, cluster, karpenter_nodes)
    groups = build_gpu_node_groups(ground, cluster, node_role)
    hosts = build_gpu_hosts(ground, cluster)
    scratch = _scratch(ground)
    burst = _burst_endpoint(ground, storage)
    vector_database = build_vector_database(ground, cluster)
    observability = build_observability(
        ground,
        Watched(
            storage=storage,
            interruption=interruption,
            hosts=hosts,
            scratch=scratch,
            burst=burst,
            vector_database=vector_database,
        ),
    )
    build_workloads(
        WorkloadGround(
            foundation=ground,
            cluster=cluster,
            storage=storage,
            interruption=interruption,
            karpenter_nodes=karpenter_nodes,
            vector_database=vector_database,
            observability=observability,
            ready=[system, addons],
        )
    )

    outputs = _foundation_outputs(ground) | _cluster_outputs(cluster, node_role, interruption)
    outputs |= {f"storage/{purpose}-bucket": bucket for purpose, bucket in storage.bucket_names.items()}
    outputs |= {f"registry/{repository}": url for repository, url in registry.repository_urls.items()}
    outputs["nodes/groups/system"] = system.name
    outputs |= {f"nodes/groups/{group}": name for group, name in groups.items()}
    outputs |= {f"hosts/{group}/instance-ids": instance_ids for group, instance_ids in hosts.instance_ids.items()}
    if scratch is not None:
        outputs |= {
            "scratch/file-system-id": scratch.file_system_id,
            "scratch/dns-name": scratch.dns_name,
            "scratch/mount-name": scratch.mount_name,
        }
    if burst is not None:
        outputs["burst-endpoint/name"] = burst.endpoint_name
    if vector_database is not None:
        outputs |= vector_database_outputs(vector_database)
    if observability is not None:
        outputs |= observability_outputs(observability)
    _publish(ground, outputs)
    if (hosts_document := gpu_host_document(ground, cluster, hosts)) is not None:
        pulumi.export(GPU_HOSTS, hosts_document)


def _foundation_outputs(ground: Foundation) -> dict[str, PublishedValue]:
    network = ground.network
    outputs: dict[str, PublishedValue] = {"network/vpc-id": network.vpc_id}
    subnets = {
        "public": network.public_subnet_ids,
        "private": network.private_subnet_ids,
        "database": network.database_subnet_ids,
    }
    outputs |= {f"network/{kind}-subnet-ids": list(ids.values()) for kind, ids in subnets.items() if ids}
    return outputs | {f"keys/{domain}-arn": arn for domain, arn in ground.keys.arns.items()}


def _cluster_outputs(cluster: Cluster, node_role: NodeRole, interruption: Interruption) -> dict[str, PublishedValue]:
    return {
        "cluster/name": cluster.name,
        "cluster/arn": cluster.arn,
        "cluster/endpoint": cluster.endpoint,
        "cluster/certificate-authority-data": cluster.certificate_authority_data,
        "cluster/security-group-id": cluster.security_group_id,
        "cluster/oidc-provider-arn": cluster.oidc_provider_arn,
        "nodes/role-arn": node_role.arn,
        "karpenter/controller-role-arn": interruption.controller_role_arn,
        "karpenter/instance-profile": interruption.instance_profile_name,
        "karpenter/interruption-queue": interruption.queue_name,
    }


def _publish(ground: Foundation, outputs: Mapping[str, PublishedValue]) -> None:
    """Hand the outputs out twice: as the stack's, and as SSM parameters for those who don't use Pulumi."""
    environment = ground.settings.ownership.environment
    PublishedOutputs("outputs", PublishedOutputsArgs(environment=environment, values=outputs), ground.opts)
    for path, value in outputs.items():
        pulumi.export(path, value)


def _addons(settings: Settings) -> Mapping[str, str]:
    return load_compatibility().kubernetes_versions[settings.cluster.kubernetes_version].addons


def _cluster(ground: Foundation) -> Cluster:
    settings = ground.settings
    wanted, remote = settings.cluster, settings.hybrid_nodes
    return Cluster(
        "cluster",
        ClusterArgs(
            cluster_name=ground.name,
            kubernetes_version=wanted.kubernetes_version,
            account_id=settings.aws.account_id,
            subnet_ids=list(ground.network.private_subnet_ids.values()),
            vpc_cidr=ground.network.cidr,
            secrets_key_arn=ground.keys.cluster_key_arn,
            logs_key_arn=ground.keys.logs_key_arn,
            log_retention_days=wanted.log_retention_days,
            public_endpoint_cidrs=wanted.public_endpoint_cidrs,
            access=[
                AccessEntry(role_arn=entry.role_arn, policy=entry.policy, namespaces=entry.namespaces)
                for entry in wanted.access
            ],
            addons=_addons(settings),
            deletion_protection=wanted.deletion_protection,
            remote_node_networks=remote.remote_node_networks if remote else (),
            remote_pod_networks=remote.remote_pod_networks if remote else (),
        ),
        ground.opts,
    )


def _node_role_args(settings: Settings, access_entry_cluster: pulumi.Input[str] | None = None) -> NodeRoleArgs:
    return NodeRoleArgs(
        account_id=settings.aws.account_id,
        region=settings.aws.region,
        cached_prefixes=[rule.prefix for rule in settings.storage.pull_through],
        access_entry_cluster=access_entry_cluster,
    )


def _interruption(ground: Foundation, cluster: Cluster, nodes: NodeRole) -> Interruption:
    return Interruption(
        "interruption",
        InterruptionArgs(
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            account_id=ground.settings.aws.account_id,
            region=ground.settings.aws.region,
            node_role_arn=nodes.arn,
            node_role_name=nodes.name,
            storage_key_arn=ground.keys.storage_key_arn,
            volumes_key_arn=ground.keys.volumes_key_arn,
        ),
        ground.opts,
    )


def _storage(ground: Foundation) -> Storage:
    wanted = ground.settings.storage
    return Storage(
        "storage",
        StorageArgs(
            bucket_prefix=ground.name,
            storage_key_arn=ground.keys.storage_key_arn,
            retained=wanted.retained,
            force_destroy=not wanted.retained,
            noncurrent_version_days=wanted.noncurrent_version_days,
            checkpoint_expiry_days=wanted.checkpoint_expiry_days,
            audit_lock_days=wanted.audit_lock_days,
            account_id=ground.settings.aws.account_id,
            region=ground.settings.aws.region,
        ),
        ground.opts,
    )


def _registry(ground: Foundation) -> Registry:
    wanted = ground.settings.storage
    return Registry(
        "registry",
        RegistryArgs(
            prefix=ground.name,
            repositories=wanted.repositories,
            storage_key_arn=ground.keys.storage_key_arn,
            untagged_expiry_days=wanted.untagged_expiry_days,
            kept_images=wanted.kept_images,
            pull_through=[
                PullThrough(
                    prefix=rule.prefix, upstream=rule.upstream, credential_secret_arn=rule.credential_secret_arn
                )
                for rule in wanted.pull_through
            ],
            retained=wanted.retained,
            force_delete=not wanted.retained,
        ),
        ground.opts,
    )


def _scratch(ground: Foundation) -> Scratch | None:
    wanted = ground.settings.storage.scratch
    if wanted is None:
        return None
    return Scratch(
        "scratch",
        ScratchArgs(
            capacity_gib=wanted.capacity_gib,
            throughput_mbps_per_tib=wanted.throughput_mbps_per_tib,
            subnet_id=ground.private_subnet(wanted.zone),
            vpc_id=ground.network.vpc_id,
            vpc_cidr=ground.network.cidr,
            storage_key_arn=ground.keys.storage_key_arn,
        ),
        ground.opts,
    )


def _burst_endpoint(ground: Foundation, storage: Storage) -> BurstEndpoint | None:
    wanted = ground.settings.burst_endpoint
    if wanted is None:
        return None
    return BurstEndpoint(
        ground.name,
        BurstEndpointArgs(
            model_name=wanted.model_name,
            mode=wanted.mode,
            image_uri=wanted.image_uri,
            model_data_s3_uri=wanted.model_data_s3_uri,
            model_bucket_arn=storage.bucket_arns["models"],
            payload_bucket_arn=storage.bucket_arns["datasets"],
            output_s3_uri=pulumi.Output.format("s3://{}/burst/", storage.bucket_names["datasets"]),
            instance_type=wanted.instance_type or "",
            max_instances=wanted.max_instances or 0,
            serverless_memory_mib=wanted.memory_mib or 0,
            serverless_max_concurrency=wanted.max_concurrency or 0,
            storage_key_arn=ground.keys.storage_key_arn,
            logs_key_arn=ground.keys.logs_key_arn,
            log_retention_days=wanted.log_retention_days,
            vpc_id=ground.network.vpc_id,
            subnet_ids=list(ground.network.private_subnet_ids.values()),
            account_id=ground.settings.aws.account_id,
            region=ground.settings.aws.region,
        ),
        ground.opts,
    )
