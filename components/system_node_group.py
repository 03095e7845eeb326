"""The node group that runs the platform itself: CoreDNS, controllers, Karpenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import eks

from components.naming import node_labels
from components.node_group import NodeGroup, NodeGroupArgs


@dataclass(frozen=True, kw_only=True)
class SystemNodeGroupArgs:
    """What the system node group needs."""

    cluster_name: pulumi.Input[str]
    kubernetes_version: str
    cluster_security_group_id: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource]
    instance_types: Sequence[str]
    disk_gib: int
    volumes_key_arn: pulumi.Input[str]
    min_nodes: int
    desired_nodes: int
    max_nodes: int
    ami_type: str = "AL2023_x86_64_STANDARD"
    instance_tags: Mapping[str, str] = field(default_factory=dict[str, str])


class SystemNodeGroup(pulumi.ComponentResource):
    """On-demand nodes without a taint, so that whatever tolerates nothing lands here."""

    name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: SystemNodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:system_node_group:SystemNodeGroup", name, None, opts)
        if args.min_nodes < 1:
            raise ValueError(
                f"system node group {name}: min_nodes is {args.min_nodes}; CoreDNS needs at least one node"
            )
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
                labels=node_labels("system", "on-demand"),
                instance_tags=args.instance_tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
