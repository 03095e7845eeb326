"""Arguments that every kind of node group takes, as the stack would give them."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import iam

from components.node_group import ClusterToJoin, GroupSize


def joining() -> dict[str, Any]:
    """Arguments of a node group that joins a cluster made elsewhere, after one resource of it."""
    network = iam.Role("network-addon", assume_role_policy="{}")
    return {
        "cluster": ClusterToJoin(
            name="llm-platform-dev",
            kubernetes_version="1.35",
            security_group_id="sg-cluster",
            node_role_arn="arn:aws:iam::111122223333:role/nodes",
            volumes_key_arn=pulumi.Output.from_input("arn:aws:kms:us-east-1:111122223333:key/volumes"),
            after=[network],
            instance_tags={"team": "ml-platform"},
        ),
        "size": sized(),
    }


def sized(*, min_nodes: int = 0, desired_nodes: int = 0, max_nodes: int = 4) -> GroupSize:
    """Size of a group that may rest at zero nodes, changed where a test says so."""
    return GroupSize(min_nodes=min_nodes, desired_nodes=desired_nodes, max_nodes=max_nodes, disk_gib=200)


NETWORK_ADDON = ("aws:iam/role:Role", "network-addon")
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODES = "aws:eks/nodeGroup:NodeGroup"
GROUP = "llm-platform:node_group:NodeGroup"
