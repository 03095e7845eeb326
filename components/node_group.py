"""One managed node group of EKS with its launch template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi_aws import ec2, eks

from components.approval import Approval, approval_tags
from components.launch_volumes import block_devices
from components.naming import Taint, check_label

CapacityType = Literal["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]

# Label prefixes that the EKS API refuses, with their subdomains.
_RESERVED_PREFIXES = (".kubernetes.io", ".k8s.io", ".eks.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class ClusterToJoin:
    """The cluster that nodes join: the same for every node group of it."""

    name: pulumi.Input[str]
    kubernetes_version: str
    security_group_id: pulumi.Input[str]
    """EKS adds it by itself only where the launch template names no security group; ours always names it."""
    node_role_arn: pulumi.Input[str]
    volumes_key_arn: pulumi.Input[str]
    after: Sequence[pulumi.Resource]
    """What must stand before a node joins: the cluster with its network add-on, the node role's policies."""
    instance_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The provider's default tags don't reach what a launch template starts, so they come again here."""


@dataclass(frozen=True, kw_only=True)
class GroupSize:
    """How many nodes a group may have, and each one's disk."""

    min_nodes: int
    desired_nodes: int
    """Only the size the group starts with; updates leave it alone, so that an autoscaler or a person may move it."""
    max_nodes: int
    disk_gib: int

    def __post_init__(self) -> None:
        """Refuse sizes that EKS would refuse after minutes."""
        if not 0 <= self.min_nodes <= self.desired_nodes <= self.max_nodes or self.max_nodes < 1:
            sizes = f"min {self.min_nodes}, desired {self.desired_nodes}, max {self.max_nodes}"
            raise ValueError(f"node group sizes {sizes}: needs 0 <= min <= desired <= max and max >= 1")


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs:
    """What one managed node group needs."""

    cluster: ClusterToJoin
    size: GroupSize
    subnet_ids: Sequence[pulumi.Input[str]]
    instance_types: Sequence[str]
    ami_type: str
    """Such as AL2023_x86_64_NVIDIA, BOTTLEROCKET_x86_64_NVIDIA, AL2023_x86_64_STANDARD."""
    labels: Mapping[str, str]
    taints: Sequence[Taint] = ()
    capacity_type: CapacityType = "ON_DEMAND"
    reservation_id: str | None = None
    """Capacity reservation or capacity block that every instance must come from."""
    placement_group_name: pulumi.Input[str] | None = None
    network_interfaces: Sequence[ec2.LaunchTemplateNetworkInterfaceArgs] = ()
    """For EFA; each names its own security groups, as EC2 takes them in one place or the other."""
    approval: Approval | None = None
    """Stands on the group alone: in the launch template each renewal would be a new version, which EKS rolls out."""

    def __post_init__(self) -> None:
        """Refuse what EKS would refuse after minutes."""
        if not self.instance_types:
            raise ValueError("node group without instance types")
        if self.capacity_type == "CAPACITY_BLOCK" and (not self.reservation_id or len(self.instance_types) != 1):
            raise ValueError("a capacity block needs its reservation id and exactly one instance type")
        for key, value in self.labels.items():
            check_label(key, value)
            if f".{key}".partition("/")[0].endswith(_RESERVED_PREFIXES):
                raise ValueError(f"label {key}: EKS keeps kubernetes.io, k8s.io and eks.amazonaws.com to itself")


class NodeGroup(pulumi.ComponentResource):
    """A managed node group whose instances are all started from one launch template of ours."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:node_group:NodeGroup", name, None, opts)
        template = _launch_template(self, name, args)
        self.resource = eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args.cluster.name,
            node_role_arn=args.cluster.node_role_arn,
            subnet_ids=args.subnet_ids,
            # The nodes follow the control plane's minor; without this they would stay behind an upgrade.
            version=args.cluster.kubernetes_version,
            ami_type=args.ami_type,
            capacity_type=args.capacity_type,
            instance_types=None if args.capacity_type == "CAPACITY_BLOCK" else list(args.instance_types),
            launch_template=eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
            scaling_config=eks.NodeGroupScalingConfigArgs(
                min_size=args.size.min_nodes, desired_size=args.size.desired_nodes, max_size=args.size.max_nodes
            ),
            update_config=eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            node_repair_config=eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            # An update waits for pod disruption budgets rather than killing what they protect.
            force_update_version=False,
            labels=dict(args.labels),
            taints=[
                eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect) for taint in args.taints
            ],
            tags=approval_tags(args.approval) or None,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.cluster.after),
                ignore_changes=["scalingConfig.desiredSize"],
            ),
        )
        self.name = self.resource.node_group_name
        self.arn = self.resource.arn
        self.launch_template_id = template.id
        self.register_outputs({"name": self.name, "arn": self.arn, "launchTemplateId": self.launch_template_id})


def _launch_template(parent: NodeGroup, name: str, args: NodeGroupArgs) -> ec2.LaunchTemplate:
    block = args.capacity_type == "CAPACITY_BLOCK"
    tags = {**args.cluster.instance_tags, "Name": name}
    return ec2.LaunchTemplate(
        f"{name}-template",
        update_default_version=True,
        # Capacity blocks want the type in the template; everywhere else it stands in the node group, which
        # alone takes several. https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html
        instance_type=args.instance_types[0] if block else None,
        instance_market_options=(
            ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block") if block else None
        ),
        capacity_reservation_specification=(
            ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                capacity_reservation_target=(
                    ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
                        capacity_reservation_id=args.reservation_id
                    )
                )
            )
            if args.reservation_id
            else None
        ),
        placement=(
            ec2.LaunchTemplatePlacementArgs(group_name=args.placement_group_name)
            if args.placement_group_name is not None
            else None
        ),
        network_interfaces=list(args.network_interfaces) or None,
        vpc_security_group_ids=None if args.network_interfaces else [args.cluster.security_group_id],
        block_device_mappings=block_devices(args.ami_type, args.size.disk_gib, args.cluster.volumes_key_arn),
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            # One hop: pods can't reach the node's role, they have Pod Identity.
            http_put_response_hop_limit=1,
        ),
        monitoring=ec2.LaunchTemplateMonitoringArgs(enabled=True),
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=resource_type, tags=tags)
            for resource_type in ("instance", "volume", "network-interface")
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
