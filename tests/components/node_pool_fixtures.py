"""What the tests of Karpenter's pools have alike: the machines' common part, and one pool's own."""

from __future__ import annotations

from typing import Any

from components.node_class import NodeClassArgs, NodesToStart

NODES = NodesToStart(
    instance_profile="karpenter-nodes",
    security_group_id="sg-cluster",
    volumes_key_arn="arn:volumes",
    tags={"llm-platform:environment": "dev"},
    after=[],
)


def node_class(**changes: Any) -> NodeClassArgs:
    wanted: dict[str, Any] = {
        "nodes": NODES,
        "subnet_ids": ["subnet-a", "subnet-b"],
        "ami_family": "al2023",
        "ami_version": "latest",
        "disk_gib": 200,
        "max_pods": 110,
        "local_disks": False,
    }
    return NodeClassArgs(**wanted | changes)
