"""Wires what runs in the cluster: access, namespaces, the platform's releases, node pools, models."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.helm_release import HelmRelease
from components.kubernetes_access import KubernetesAccess, KubernetesAccessArgs
from components.node_class import NodesToStart
from components.priority_classes import PriorityClasses
from components.storage_classes import StorageClasses, StorageClassesArgs
from stacks.embeddings import EmbeddingGround, build_embeddings
from stacks.karpenter_pools import build_node_pools
from stacks.models import ModelGround, build_models
from stacks.providers import default_tags
from stacks.quality import QualityGround, build_quality
from stacks.releases import Releases, build_releases
from stacks.vector_database import build_store_policies
from stacks.workload_ground import MACHINES_RELEASE, WorkloadGround
from stacks.workload_namespaces import build_namespaces


def build_workloads(ground: WorkloadGround) -> None:
    """Register everything in Kubernetes; nothing at all for a stack file that names none of it."""
    settings = ground.foundation.settings
    if not (settings.charts.releases or settings.namespaces or settings.node_pools or settings.models):
        return
    access = KubernetesAccess(
        "kubernetes",
        KubernetesAccessArgs(
            cluster_name=ground.cluster.name,
            region=settings.aws.region,
            endpoint=ground.cluster.endpoint,
            certificate_authority_data=ground.cluster.certificate_authority_data,
            after=[ground.cluster],
        ),
    )
    opts = pulumi.ResourceOptions(provider=access.provider)
    classes = _classes(ground, opts)
    namespaces = build_namespaces(ground, opts)
    first = build_releases(ground, ground.charts_before_machines, namespaces, classes, opts, Releases())
    machines = first.by_name
    pools = build_node_pools(ground.foundation, _nodes_to_start(ground, machines), opts) if machines else {}
    # The other releases may need more room than what always stands has. Coming after the pools they also go before
    # them: a machine that is to be drained then has no pod that a disruption budget holds there.
    rest = [chart for chart in ground.charts if chart.release not in machines]
    build_store_policies(settings, namespaces, opts)
    releases = build_releases(ground, rest, namespaces, [*classes, *pools.values()], opts, first)
    build_models(
        ModelGround(
            foundation=ground.foundation,
            cluster_name=ground.cluster.name,
            kubernetes=access.provider,
            model_bucket_arn=ground.storage.bucket_arns["models"],
            namespaces=namespaces,
            releases=releases.by_name,
            after=[*ground.ready, *classes, *pools.values()],
        )
    )
    build_embeddings(
        EmbeddingGround(
            foundation=ground.foundation,
            cluster_name=ground.cluster.name,
            kubernetes=access.provider,
            storage=ground.storage,
            database=ground.vector_database,
            namespaces=namespaces,
            releases=releases.by_name,
            store=releases.store,
            after=[*ground.ready, *classes, *pools.values()],
        )
    )
    build_quality(
        QualityGround(
            foundation=ground.foundation,
            cluster_name=ground.cluster.name,
            kubernetes=access.provider,
            storage=ground.storage,
            namespaces=namespaces,
            releases=releases.by_name,
            after=[*ground.ready, *classes, *pools.values()],
        )
    )


def _classes(ground: WorkloadGround, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    foundation = ground.foundation
    return [
        PriorityClasses("priorities", opts),
        StorageClasses(
            "disks",
            StorageClassesArgs(
                volumes_key_arn=foundation.keys.volumes_key_arn,
                retained=foundation.settings.storage.retained,
                volume_tags=default_tags(foundation.settings),
            ),
            opts,
        ),
    ]


def _nodes_to_start(ground: WorkloadGround, releases: Mapping[str, HelmRelease]) -> NodesToStart:
    return NodesToStart(
        instance_profile=ground.interruption.instance_profile_name,
        security_group_id=ground.cluster.security_group_id,
        volumes_key_arn=ground.foundation.keys.volumes_key_arn,
        tags=default_tags(ground.foundation.settings),
        after=[releases[MACHINES_RELEASE], ground.karpenter_nodes],
    )
