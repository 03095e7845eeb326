"""On-demand GPU nodes that serve models, in several zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import eks

from components.naming import accelerator_taint, node_labels
from components.node_group import NodeGroup, NodeGroupArgs


@dataclass(frozen=True, kw_only=True)
class InferenceNodeGroupArgs:
    """What a GPU node group for inference needs."""

    cluster_name: pulumi.Input[str]
    kubernetes_version: str
    cluster_security_group_id: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """One subnet per zone of the group."""
    after: Sequence[pulumi.Resource]
    instance_types: Sequence[str]
    """All with the same GPU model: pods choose their node by it."""
    gpu_model: str
    accelerator_resource: str
    """Extended resource of the accelerator and key of the taint: `nvidia.com/gpu` or `aws.amazon.com/neuron`."""
    ami_type: str
    disk_gib: int
    volumes_key_arn: pulumi.Input[str]
    min_nodes: int
    """Where a spot pool leans on this group, the floor that it keeps."""
    desired_nodes: int
    max_nodes: int
    instance_tags: Mapping[str, str] = field(default_factory=dict[str, str])


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
                cluster_name=args.cluster_name,
                kubernetes_version=args.kubernetes_version,
                cluster_security_group_id=args.cluster_security_group_id,
                node_role_arn=args.node_role_arn,
                subnet_ids=args.subnet_ids,
                after=args.after,
                instance_types=args.instance_types,
                ami_type=args.ami_type,
                disk_gib=args.disk_gib,
                volumes_key_arn=args.volumes_key_arn,
                min_nodes=args.min_nodes,
                desired_nodes=args.desired_nodes,
                max_nodes=args.max_nodes,
                labels=node_labels("inference", "on-demand", args.accelerator_resource, args.gpu_model),
                taints=[accelerator_taint(args.accelerator_resource, "inference")],
                instance_tags=args.instance_tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
