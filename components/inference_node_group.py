"""On-demand GPU nodes that serve models, in several zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.approval import Approval
from components.naming import accelerator_taint, node_labels
from components.node_group import ClusterToJoin, GroupSize, NodeGroup, NodeGroupArgs


@dataclass(frozen=True, kw_only=True)
class InferenceNodeGroupArgs:
    """What a GPU node group for inference needs."""

    cluster: ClusterToJoin
    size: GroupSize
    """Where a spot pool leans on this group, `min_nodes` is the floor that it keeps."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """One subnet per zone of the group."""
    instance_types: Sequence[str]
    """All with the same GPU model: pods choose their node by it."""
    gpu_model: str
    accelerator_resource: str
    """Extended resource of the accelerator and key of the taint: `nvidia.com/gpu` or `aws.amazon.com/neuron`."""
    ami_type: str
    approval: Approval | None = None


class InferenceNodeGroup(pulumi.ComponentResource):
    """Managed node group of the inference pool: on-demand, tainted for GPU work only."""

    name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: InferenceNodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:inference_node_group:InferenceNodeGroup", name, None, opts)
        group = NodeGroup(
            f"{name}-group",
            NodeGroupArgs(
                cluster=args.cluster,
                size=args.size,
                subnet_ids=args.subnet_ids,
                instance_types=args.instance_types,
                ami_type=args.ami_type,
                labels=node_labels(
                    "inference",
                    "on-demand",
                    args.accelerator_resource,
                    args.gpu_model,
                    bottlerocket=args.ami_type.startswith("BOTTLEROCKET_"),
                ),
                taints=[accelerator_taint(args.accelerator_resource, "inference")],
                approval=args.approval,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
