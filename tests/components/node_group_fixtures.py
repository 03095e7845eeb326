"""Arguments that every kind of node group takes, as the stack would give them."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import iam


def joining() -> dict[str, Any]:
    """Arguments of a node group that joins a cluster made elsewhere, after one resource of it."""
    network = iam.Role("network-addon", assume_role_policy="{}")
    return {
        "cluster_name": "llm-platform-dev",
        "kubernetes_version": "1.35",
        "cluster_security_group_id": "sg-cluster",
        "node_role_arn": "arn:aws:iam::111122223333:role/nodes",
        "after": [network],
        "disk_gib": 200,
        "volumes_key_arn": pulumi.Output.from_input("arn:aws:kms:us-east-1:111122223333:key/volumes"),
        "min_nodes": 0,
        "desired_nodes": 0,
        "max_nodes": 4,
        "instance_tags": {"team": "ml-platform"},
    }


NETWORK_ADDON = ("aws:iam/role:Role", "network-addon")
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODES = "aws:eks/nodeGroup:NodeGroup"
GROUP = "llm-platform:node_group:NodeGroup"
