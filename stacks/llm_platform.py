"""Wires the components of one environment: settings in, components together, outputs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from catalogue.compatibility import load_compatibility
from components.address_plan import plan_addresses
from components.adopted_network import AdoptedNetwork, AdoptedNetworkArgs
from components.burst_endpoint import BurstEndpoint, BurstEndpointArgs
from components.cluster import Cluster, ClusterArgs
from components.cluster_access import AccessEntry
from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.interruption import Interruption, InterruptionArgs
from components.keys import Keys, KeysArgs
from components.naming import platform_name
from components.network import Network, NetworkArgs
from components.node_role import NodeRole, NodeRoleArgs
from components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from components.registry import PullThrough, Registry, RegistryArgs
from components.scratch import Scratch, ScratchArgs
from components.storage import Storage, StorageArgs
from stacks.node_groups import build_dedicated_hosts, build_gpu_node_groups, build_system_node_group
from stacks.providers import aws_provider
from stacks.settings import Settings
from stacks.terraform_state import resolve_adopted_network

KEY_DELETION_WINDOW_DAYS = 30
"""The longest that KMS allows: as long as possible to notice that a key is missed."""


def build_platform(settings: Settings) -> None:
    """Register the whole environment."""
    name = platform_name(settings.ownership.environment)
    aws = settings.aws
    provider = aws_provider(settings)
    opts = pulumi.ResourceOptions(provider=provider)

    keys = Keys(
        name,
        KeysArgs(
            account_id=aws.account_id,
            region=aws.region,
            deletion_window_days=KEY_DELETION_WINDOW_DAYS,
            retained=settings.storage.retained,
        ),
        opts,
    )
    network = _network(settings, name, keys, provider, opts)
    storage = _storage(settings, name, keys, opts)
    registry = _registry(settings, name, keys, opts)
    cluster = _cluster(settings, name, network, keys, opts)

    node_role = NodeRole("nodes", NodeRoleArgs(), opts)
    system = build_system_node_group(settings, cluster, node_role, network, keys, opts)
    ClusterAddons(
        "addons",
        ClusterAddonsArgs(
            cluster_name=cluster.name,
            account_id=aws.account_id,
            region=aws.region,
            addons=_addons(settings),
            after=[system.resource],
            readable_bucket_arns=[storage.bucket_arns["models"], storage.bucket_arns["datasets"]],
            storage_key_arn=keys.storage_key_arn,
            volumes_key_arn=keys.volumes_key_arn,
        ),
        opts,
    )
    karpenter_role = NodeRole("karpenter-nodes", NodeRoleArgs(access_entry_cluster=cluster.name), opts)
    interruption = Interruption(
        "interruption",
        InterruptionArgs(
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            account_id=aws.account_id,
            region=aws.region,
            node_role_arn=karpenter_role.arn,
            node_role_name=karpenter_role.name,
            storage_key_arn=keys.storage_key_arn,
            volumes_key_arn=keys.volumes_key_arn,
        ),
        opts,
    )
    groups = build_gpu_node_groups(settings, cluster, node_role, network, keys, opts)
    hosts = build_dedicated_hosts(settings, network, keys, opts)
    scratch = _scratch(settings, network, keys, opts)
    burst = _burst_endpoint(settings, name, network, storage, keys, opts)

    outputs: dict[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]] = {
        "network/vpc-id": network.vpc_id,
        "network/private-subnet-ids": list(network.private_subnet_ids.values()),
        "cluster/name": cluster.name,
        "cluster/arn": cluster.arn,
        "cluster/endpoint": cluster.endpoint,
        "cluster/certificate-authority-data": cluster.certificate_authority_data,
        "cluster/security-group-id": cluster.security_group_id,
        "cluster/oidc-provider-arn": cluster.oidc_provider_arn,
        "nodes/role-arn": node_role.arn,
        "nodes/system-group": system.name,
        "karpenter/controller-role-arn": interruption.controller_role_arn,
        "karpenter/instance-profile": interruption.instance_profile_name,
        "karpenter/interruption-queue": interruption.queue_name,
    }
    for kind, subnet_ids in (
        ("public", network.public_subnet_ids),
        ("database", network.database_subnet_ids),
    ):
        if subnet_ids:
            outputs[f"network/{kind}-subnet-ids"] = list(subnet_ids.values())
    outputs |= {f"keys/{domain}-arn": arn for domain, arn in keys.arns.items()}
    outputs |= {f"storage/{purpose}-bucket": bucket for purpose, bucket in storage.bucket_names.items()}
    outputs |= {f"registry/{repository}": url for repository, url in registry.repository_urls.items()}
    outputs |= {f"nodes/groups/{group}": node_group for group, node_group in groups.items()}
    outputs |= {f"hosts/{group}/instance-ids": instance_ids for group, instance_ids in hosts.items()}
    if scratch is not None:
        outputs |= {
            "scratch/file-system-id": scratch.file_system_id,
            "scratch/mount-name": scratch.mount_name,
        }
        outputs |= {"scratch/dns-name": scratch.dns_name}
    if burst is not None:
        outputs["burst-endpoint/name"] = burst.endpoint_name
    environment = settings.ownership.environment
    PublishedOutputs("outputs", PublishedOutputsArgs(environment=environment, values=outputs), opts)
    for path, value in outputs.items():
        pulumi.export(path, value)


def _network(
    settings: Settings, name: str, keys: Keys, provider: pulumi.ProviderResource, opts: pulumi.ResourceOptions
) -> Network | AdoptedNetwork:
    wanted = settings.network
    if wanted.adopt is not None:
        ids = resolve_adopted_network(wanted.adopt, provider)
        return AdoptedNetwork(
            "network",
            AdoptedNetworkArgs(
                vpc_id=ids.vpc_id,
                public_subnet_ids=ids.public_subnet_ids,
                private_subnet_ids=ids.private_subnet_ids,
                database_subnet_ids=ids.database_subnet_ids,
            ),
            opts,
        )
    cidr = wanted.vpc_cidr or ""  # settings refuse a network of our own without it
    return Network(
        "network",
        NetworkArgs(
            cidr=cidr,
            addresses=plan_addresses(
                cidr,
                wanted.zones,
                wanted.public_prefix_length,
                wanted.private_prefix_length,
                wanted.database_prefix_length,
            ),
            nat=wanted.nat,
            interface_endpoints=wanted.interface_endpoints,
            cluster_name=name,
            logs_key_arn=keys.logs_key_arn,
            flow_log_retention_days=wanted.flow_log_retention_days,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
        ),
        opts,
    )


def _addons(settings: Settings) -> Mapping[str, str]:
    return load_compatibility().kubernetes_versions[settings.cluster.kubernetes_version].addons


def _cluster(
    settings: Settings, name: str, network: Network | AdoptedNetwork, keys: Keys, opts: pulumi.ResourceOptions
) -> Cluster:
    wanted = settings.cluster
    return Cluster(
        "cluster",
        ClusterArgs(
            cluster_name=name,
            kubernetes_version=wanted.kubernetes_version,
            account_id=settings.aws.account_id,
            subnet_ids=list(network.private_subnet_ids.values()),
            secrets_key_arn=keys.cluster_key_arn,
            logs_key_arn=keys.logs_key_arn,
            log_retention_days=wanted.log_retention_days,
            public_endpoint_cidrs=wanted.public_endpoint_cidrs,
            access=[
                AccessEntry(role_arn=entry.role_arn, policy=entry.policy, namespaces=entry.namespaces)
                for entry in wanted.access
            ],
            addons=_addons(settings),
            deletion_protection=wanted.deletion_protection,
        ),
        opts,
    )


def _storage(settings: Settings, name: str, keys: Keys, opts: pulumi.ResourceOptions) -> Storage:
    wanted = settings.storage
    return Storage(
        "storage",
        StorageArgs(
            bucket_prefix=name,
            storage_key_arn=keys.storage_key_arn,
            retained=wanted.retained,
            force_destroy=not wanted.retained,
            noncurrent_version_days=wanted.noncurrent_version_days,
            checkpoint_expiry_days=wanted.checkpoint_expiry_days,
            audit_lock_days=wanted.audit_lock_days,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
        ),
        opts,
    )


def _registry(settings: Settings, name: str, keys: Keys, opts: pulumi.ResourceOptions) -> Registry:
    wanted = settings.storage
    return Registry(
        "registry",
        RegistryArgs(
            prefix=name,
            repositories=wanted.repositories,
            storage_key_arn=keys.storage_key_arn,
            untagged_expiry_days=wanted.untagged_expiry_days,
            kept_images=wanted.kept_images,
            pull_through=[
                PullThrough(
                    prefix=rule.prefix,
                    upstream=rule.upstream,
                    credential_secret_arn=rule.credential_secret_arn,
                )
                for rule in wanted.pull_through
            ],
            retained=wanted.retained,
            force_delete=not wanted.retained,
        ),
        opts,
    )


def _scratch(
    settings: Settings, network: Network | AdoptedNetwork, keys: Keys, opts: pulumi.ResourceOptions
) -> Scratch | None:
    wanted = settings.storage.scratch
    if wanted is None:
        return None
    return Scratch(
        "scratch",
        ScratchArgs(
            capacity_gib=wanted.capacity_gib,
            throughput_mbps_per_tib=wanted.throughput_mbps_per_tib,
            subnet_id=network.private_subnet_ids[wanted.zone],
            vpc_id=network.vpc_id,
            vpc_cidr=network.cidr,
            storage_key_arn=keys.storage_key_arn,
        ),
        opts,
    )


def _burst_endpoint(
    settings: Settings,
    name: str,
    network: Network | AdoptedNetwork,
    storage: Storage,
    keys: Keys,
    opts: pulumi.ResourceOptions,
) -> BurstEndpoint | None:
    wanted = settings.burst_endpoint
    if wanted is None:
        return None
    return BurstEndpoint(
        name,
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
            storage_key_arn=keys.storage_key_arn,
            vpc_id=network.vpc_id,
            subnet_ids=list(network.private_subnet_ids.values()),
            account_id=settings.aws.account_id,
            region=settings.aws.region,
        ),
        opts,
    )
