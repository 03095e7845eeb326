"""Wires the pools of machines that Karpenter buys; the catalogue says what each instance type has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from catalogue.instance_types import load_instance_types
from components.cpu_node_pool import CpuNodePool, CpuNodePoolArgs
from components.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.naming import TEAM_TAG
from components.node_class import NodeClassArgs, NodesToStart
from components.node_pool import Architecture, Disruption, Quiet
from stacks.foundation import Foundation
from stacks.node_groups import accelerator_resource, approval, gpu_model
from stacks.sections.node_pools import NodePoolSettings


def build_node_pools(
    ground: Foundation, nodes: NodesToStart, opts: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Resource]:
    """Register every pool of the stack file; return them by name."""
    return {pool.name: _node_pool(ground, nodes, pool, opts) for pool in ground.settings.node_pools}


def _node_pool(
    ground: Foundation, nodes: NodesToStart, pool: NodePoolSettings, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    if pool.pool == "system":
        return CpuNodePool(
            pool.name,
            CpuNodePoolArgs(
                node_class=_node_class(ground, nodes, pool),
                instance_types=pool.instance_types,
                max_cpus=pool.max_cpus or 0,  # settings require it
                zones=pool.zones,
                architecture=_architecture(pool),
                disruption=_disruption(pool),
                approval=approval(pool.approval),
            ),
            opts,
        )
    first = load_instance_types()[pool.instance_types[0]]
    return GpuNodePool(
        pool.name,
        GpuNodePoolArgs(
            pool=pool.pool,
            node_class=_node_class(ground, nodes, pool),
            instance_types=pool.instance_types,
            gpus_per_node=first.accelerator.count if first.accelerator else 0,  # settings refuse such a type
            max_gpus=pool.max_gpus or 0,  # settings require it
            gpu_model=gpu_model(pool.instance_types),
            accelerator_resource=accelerator_resource(first.name),
            zones=pool.zones,
            architecture=_architecture(pool),
            disruption=_disruption(pool),
            approval=approval(pool.approval),
        ),
        opts,
    )


def _node_class(ground: Foundation, nodes: NodesToStart, pool: NodePoolSettings) -> NodeClassArgs:
    types = [load_instance_types()[name] for name in pool.instance_types]
    return NodeClassArgs(
        nodes=replace(nodes, tags={**nodes.tags, TEAM_TAG: pool.team}) if pool.team else nodes,
        subnet_ids=ground.private_subnets(pool.zones),
        ami_family=pool.ami_family,
        ami_version=pool.ami_version,
        disk_gib=pool.disk_gib,
        max_pods=min(known.pods_with_prefix_delegation for known in types),
        # Smaller than the disk that was asked for, they would be a step back.
        local_disks=all(known.local_nvme_gb * 10**9 >= pool.disk_gib * 2**30 for known in types),
    )


def _architecture(pool: NodePoolSettings) -> Architecture:
    return "arm64" if load_instance_types()[pool.instance_types[0]].architecture == "arm64" else "amd64"


def _disruption(pool: NodePoolSettings) -> Disruption:
    return Disruption(
        policy=pool.consolidation.policy,
        after_minutes=pool.consolidation.after_minutes,
        expire_after_days=pool.expire_after_days,
        quiet=Quiet(pool.quiet.schedule, pool.quiet.hours) if pool.quiet else None,
    )
