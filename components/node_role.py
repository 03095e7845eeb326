"""The IAM role that nodes run under."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.trust import service_trust

# No AmazonEKS_CNI_Policy: the network add-on has a Pod Identity of its own (components/cluster.py).
NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
)


@dataclass(frozen=True, kw_only=True)
class NodeRoleArgs:
    """What the role of nodes needs."""

    account_id: str
    region: str
    cached_prefixes: Sequence[str] = ()
    """Prefixes of the registry's pull-through cache; nodes make the repository of what they pull first."""
    access_entry_cluster: pulumi.Input[str] | None = None
    """Cluster that gets an EC2_LINUX access entry for this role. Only for a role that no managed node group
    uses (Karpenter's own): EKS makes the entry of a managed node group by itself and refuses a second one."""


class NodeRole(pulumi.ComponentResource):
    """Role that EC2 assumes for nodes: join the cluster, pull images, be reached through SSM."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: NodeRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:node_role:NodeRole", name, None, opts)
        role = iam.Role(
            f"{name}-role",
            description="Nodes of the cluster",
            assume_role_policy=service_trust("ec2.amazonaws.com"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for policy in NODE_POLICIES:
            iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=pulumi.ResourceOptions(parent=self),
            )
        if args.cached_prefixes:
            iam.RolePolicy(
                f"{name}-pull-through",
                role=role.name,
                policy=pull_through_policy(args.account_id, args.region, args.cached_prefixes),
                opts=pulumi.ResourceOptions(parent=self),
            )
        if args.access_entry_cluster is not None:
            eks.AccessEntry(
                f"{name}-access",
                cluster_name=args.access_entry_cluster,
                principal_arn=role.arn,
                type="EC2_LINUX",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.arn = role.arn
        self.name = role.name
        self.register_outputs({"arn": self.arn, "name": self.name})


def pull_through_policy(account_id: str, region: str, cached_prefixes: Sequence[str]) -> str:
    """Let the first pull of an image make its cached repository: AmazonEC2ContainerRegistryPullOnly imports into one.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
    """
    repositories = f"arn:aws:ecr:{region}:{account_id}:repository"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "CacheOnFirstPull",
                    "Effect": "Allow",
                    "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
                    "Resource": [f"{repositories}/{prefix}/*" for prefix in cached_prefixes],
                }
            ],
        },
        sort_keys=True,
    )
