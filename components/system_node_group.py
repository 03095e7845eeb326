"""The node group that runs the platform itself: CoreDNS, controllers, Karpenter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.naming import node_labels
from components.node_group import ClusterToJoin, GroupSize, NodeGroup, NodeGroupArgs


@dataclass(frozen=True, kw_only=True)
class SystemNodeGroupArgs:
    """What the system node group needs."""

    cluster: ClusterToJoin
    size: GroupSize
    subnet_ids: Sequence[pulumi.Input[str]]
    instance_types: Sequence[str]
    ami_type: str = "AL2023_x86_64_STANDARD"


class SystemNodeGroup(pulumi.ComponentResource):
    """On-demand nodes without a taint, so that whatever tolerates nothing lands here."""

    name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    resource: eks.NodeGroup

    def __init__(self, name: str, args: SystemNodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:system_node_group:SystemNodeGroup", name, None, opts)
        if args.size.min_nodes < 1:
            raise ValueError(
                f"system node group {name}: min_nodes is {args.size.min_nodes}; CoreDNS needs at least one node"
            )
        group = NodeGroup(
            f"{name}-group",
            NodeGroupArgs(
                cluster=args.cluster,
                size=args.size,
                subnet_ids=args.subnet_ids,
                instance_types=args.instance_types,
                ami_type=args.ami_type,
                labels=node_labels("system", "on-demand"),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.launch_template_id = group.launch_template_id
        self.resource = group.resource
        self.register_outputs({"name": self.name, "launchTemplateId": self.launch_template_id})
