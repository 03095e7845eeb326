"""Wires the node groups of one environment; the catalogue says what each instance type has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from catalogue.instance_types import load_instance_types
from components.approval import Approval
from components.cluster import Cluster
from components.inference_node_group import InferenceNodeGroup, InferenceNodeGroupArgs
from components.naming import TEAM_TAG
from components.node_group import ClusterToJoin, GroupSize
from components.node_role import NodeRole
from components.spot_node_group import SpotNodeGroup, SpotNodeGroupArgs
from components.system_node_group import SystemNodeGroup, SystemNodeGroupArgs
from components.training_node_group import TrainingNodeGroup, TrainingNodeGroupArgs
from stacks.foundation import Foundation
from stacks.providers import default_tags
from stacks.sections.approval import ApprovalSettings
from stacks.sections.node_groups import NodeRange


def build_system_node_group(ground: Foundation, cluster: Cluster, node_role: NodeRole) -> SystemNodeGroup:
    """Register the pool for add-ons and controllers."""
    group = ground.settings.node_groups.system
    return SystemNodeGroup(
        "system",
        SystemNodeGroupArgs(
            cluster=_cluster_to_join(ground, cluster, node_role),
            size=_size(group),
            subnet_ids=ground.private_subnets(group.zones),
            instance_types=group.instance_types,
        ),
        ground.opts,
    )


def build_gpu_node_groups(
    ground: Foundation, cluster: Cluster, node_role: NodeRole
) -> Mapping[str, pulumi.Output[str]]:
    """Register the training, inference and spot pools; return the groups' names in EKS by ours."""
    settings = ground.settings.node_groups
    catalogue = load_instance_types()
    joined = _cluster_to_join(ground, cluster, node_role)
    names: dict[str, pulumi.Output[str]] = {}
    for group in settings.training:
        instance_type = catalogue[group.instance_type]
        names[group.name] = TrainingNodeGroup(
            group.name,
            TrainingNodeGroupArgs(
                cluster=_of_team(joined, group.team),
                size=_size(group),
                vpc_id=ground.network.vpc_id,
                subnet_id=ground.private_subnet(group.zone),
                instance_type=group.instance_type,
                gpu_model=gpu_model([group.instance_type]) or "",
                accelerator_resource=accelerator_resource(group.instance_type),
                ami_type=group.ami_type,
                efa_interfaces=instance_type.efa_interfaces if group.efa else 0,
                network_cards=instance_type.network_cards,
                capacity=group.capacity.kind,
                reservation_id=group.capacity.reservation_id,
                approval=approval(group.approval),
            ),
            ground.opts,
        ).name
    for group in settings.inference:
        names[group.name] = InferenceNodeGroup(
            group.name,
            InferenceNodeGroupArgs(
                cluster=_of_team(joined, group.team),
                size=_size(group),
                subnet_ids=ground.private_subnets(group.zones),
                instance_types=group.instance_types,
                gpu_model=gpu_model(group.instance_types) or "",
                accelerator_resource=accelerator_resource(group.instance_types[0]),
                ami_type=group.ami_type,
                approval=approval(group.approval),
            ),
            ground.opts,
        ).name
    for group in settings.spot:
        names[group.name] = SpotNodeGroup(
            group.name,
            SpotNodeGroupArgs(
                cluster=_of_team(joined, group.team),
                size=_size(group),
                subnet_ids=ground.private_subnets(group.zones),
                instance_types=group.instance_types,
                gpu_model=gpu_model(group.instance_types),
                accelerator_resource=accelerator_resource(group.instance_types[0]),
                ami_type=group.ami_type,
                on_demand_floor_group=group.on_demand_floor.group,
                approval=approval(group.approval),
            ),
            ground.opts,
        ).name
    return names


def _cluster_to_join(ground: Foundation, cluster: Cluster, node_role: NodeRole) -> ClusterToJoin:
    return ClusterToJoin(
        name=cluster.name,
        kubernetes_version=ground.settings.cluster.kubernetes_version,
        security_group_id=cluster.security_group_id,
        node_role_arn=node_role.arn,
        volumes_key_arn=ground.keys.volumes_key_arn,
        after=[ground.network, cluster, node_role],
        instance_tags=default_tags(ground.settings),
    )


def _of_team(joined: ClusterToJoin, team: str | None) -> ClusterToJoin:
    """Tag the instances with the team that has them for itself."""
    return replace(joined, instance_tags={**joined.instance_tags, TEAM_TAG: team}) if team else joined


def _size(group: NodeRange) -> GroupSize:
    return GroupSize(
        min_nodes=group.min_nodes,
        desired_nodes=group.desired_nodes,
        max_nodes=group.max_nodes,
        disk_gib=group.disk_gib,
    )


def approval(given: ApprovalSettings | None) -> Approval | None:
    """Return the agreement as the components take it."""
    return Approval(given.by, given.until) if given else None


def gpu_model(instance_types: tuple[str, ...] | list[str]) -> str | None:
    """Return the accelerator's model, where all types have the same one."""
    accelerators = [load_instance_types()[name].accelerator for name in instance_types]
    models = {accelerator.name for accelerator in accelerators if accelerator is not None}
    return models.pop() if len(models) == 1 else None


def accelerator_resource(instance_type: str) -> str:
    """Return the extended resource of the type's accelerator; a group has one, as its image has one driver."""
    accelerator = load_instance_types()[instance_type].accelerator
    if accelerator is None:
        raise ValueError(f"{instance_type} has no accelerator")  # settings refuse that
    return accelerator.resource_name
