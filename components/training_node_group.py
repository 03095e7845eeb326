"""GPU nodes for distributed training: one zone, close together, EFA between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import ec2, eks

from components.approval import Approval
from components.efa import efa_network_interfaces, efa_security_group
from components.naming import accelerator_taint, node_labels
from components.node_group import ClusterToJoin, GroupSize, NodeGroup, NodeGroupArgs

TrainingCapacity = Literal["on-demand", "reservation", "capacity-block"]


@dataclass(frozen=True, kw_only=True)
class TrainingNodeGroupArgs:
    """What a node group for training needs."""

    cluster: ClusterToJoin
    size: GroupSize
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    """One subnet: a placement group, a reservation and EFA's fabric all end at the zone's edge."""
    instance_type: str
    gpu_model: str
    accelerator_resource: str
    """Extended resource of the accelerator and key of the taint: `nvidia.com/gpu` or `aws.amazon.com/neuron`."""
    ami_type: str
    efa_interfaces: int = 0
    """How many EFA interfaces the type has; 0 starts the nodes with one plain interface."""
    network_cards: int = 1
    capacity: TrainingCapacity = "on-demand"
    reservation_id: str | None = None
    """Of the capacity reservation or the capacity block."""
    reservation_placement_group: str | None = None
    """Cluster placement group that the capacity reservation was made in, where it was made in one."""
    approval: Approval | None = None

    def __post_init__(self) -> None:
        """Refuse a capacity without its id, and an id without its capacity."""
        if (self.capacity == "on-demand") == bool(self.reservation_id):
            raise ValueError(
                f"training capacity {self.capacity} with reservation id {self.reservation_id!r}: "
                "reservation and capacity-block need one, on-demand takes none"
            )
        if self.reservation_placement_group and self.capacity != "reservation":
            raise ValueError(f"a reservation's placement group with capacity {self.capacity}")


class TrainingNodeGroup(pulumi.ComponentResource):
    """Managed node group of the training pool; may rest at zero nodes."""

    name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: TrainingNodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:training_node_group:TrainingNodeGroup", name, None, opts)
        placement_group: pulumi.Input[str] | None = args.reservation_placement_group
        if args.capacity == "on-demand":
            # Reserved capacity has its place already, and with a group of ours EC2 answers
            # InsufficientInstanceCapacity for it (https://github.com/eksctl-io/eksctl/pull/8220).
            placement_group = ec2.PlacementGroup(
                f"{name}-placement", strategy="cluster", opts=pulumi.ResourceOptions(parent=self)
            ).name
        interfaces: list[ec2.LaunchTemplateNetworkInterfaceArgs] = []
        if args.efa_interfaces:
            efa = efa_security_group(self, f"{name}-efa", args.vpc_id)
            interfaces = efa_network_interfaces(
                args.efa_interfaces, args.network_cards, [args.cluster.security_group_id, efa.id]
            )
        group = NodeGroup(
            f"{name}-group",
            NodeGroupArgs(
                cluster=args.cluster,
                size=args.size,
                subnet_ids=[args.subnet_id],
                instance_types=[args.instance_type],
                ami_type=args.ami_type,
                labels=node_labels(
                    "training",
                    "on-demand" if args.capacity == "on-demand" else "reserved",
                    args.accelerator_resource,
                    args.gpu_model,
                    bottlerocket=args.ami_type.startswith("BOTTLEROCKET_"),
                ),
                taints=[accelerator_taint(args.accelerator_resource, "training")],
                capacity_type="CAPACITY_BLOCK" if args.capacity == "capacity-block" else "ON_DEMAND",
                reservation_id=args.reservation_id,
                placement_group_name=placement_group,
                network_interfaces=interfaces,
                approval=args.approval,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
