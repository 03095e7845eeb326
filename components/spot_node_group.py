"""GPU nodes on spot capacity, for work that survives two minutes' notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.approval import Approval
from components.naming import (
    ON_DEMAND_FLOOR_LABEL,
    accelerator_taint,
    interruptible_taint,
    label_value,
    node_labels,
)
from components.node_group import ClusterToJoin, GroupSize, NodeGroup, NodeGroupArgs

# EKS uses the price-capacity-optimized strategy, which needs pools to choose from.
# https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types-spot
MIN_INSTANCE_TYPES = 3


@dataclass(frozen=True, kw_only=True)
class SpotNodeGroupArgs:
    """What a GPU node group on spot capacity needs."""

    cluster: ClusterToJoin
    size: GroupSize
    subnet_ids: Sequence[pulumi.Input[str]]
    """One subnet per zone: every zone is a pool more to draw from."""
    instance_types: Sequence[str]
    gpu_model: str | None
    """None where the types have different models: GPU Feature Discovery then labels each node by itself."""
    accelerator_resource: str
    """Extended resource of the accelerator and key of the taint: `nvidia.com/gpu` or `aws.amazon.com/neuron`."""
    ami_type: str
    on_demand_floor_group: str
    """Inference group that keeps serving when spot capacity goes away."""
    approval: Approval | None = None


class SpotNodeGroup(pulumi.ComponentResource):
    """Managed node group of the spot pool: capacity type SPOT, tainted as interruptible."""

    name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: SpotNodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:spot_node_group:SpotNodeGroup", name, None, opts)
        if len(set(args.instance_types)) < MIN_INSTANCE_TYPES:
            raise ValueError(
                f"spot node group {name}: {list(args.instance_types)}: needs at least three instance types"
            )
        group = NodeGroup(
            f"{name}-group",
            NodeGroupArgs(
                cluster=args.cluster,
                size=args.size,
                subnet_ids=args.subnet_ids,
                instance_types=args.instance_types,
                ami_type=args.ami_type,
                capacity_type="SPOT",
                labels=node_labels(
                    "spot",
                    "spot",
                    args.accelerator_resource,
                    args.gpu_model,
                    bottlerocket=args.ami_type.startswith("BOTTLEROCKET_"),
                )
                | {ON_DEMAND_FLOOR_LABEL: label_value(args.on_demand_floor_group)},
                taints=[accelerator_taint(args.accelerator_resource, "spot"), interruptible_taint()],
                approval=args.approval,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
