"""The role of hybrid nodes: what a machine outside AWS may do, with a certificate or through SSM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.node_role import pull_through_policy
from components.policy_statement import Statement, allow, document


@dataclass(frozen=True, kw_only=True)
class HybridRoleArgs:
    """What the role needs."""

    cluster_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    account_id: str
    region: str
    trust_policy: pulumi.Input[str]
    session_hours: int = 1
    through_ssm: bool = False
    cached_prefixes: Sequence[str] = ()
    """Prefixes of the registry's pull-through cache."""


def hybrid_role(parent: pulumi.Resource, name: str, args: HybridRoleArgs) -> iam.Role:
    """Register role, policies and access entry under their component.

    https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-creds.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-role",
        description="Own machines that are nodes of the cluster",
        assume_role_policy=args.trust_policy,
        max_session_duration=args.session_hours * 3600,
        opts=child,
    )
    managed = ["AmazonEC2ContainerRegistryPullOnly"]
    statements = [
        # nodeadm reads the cluster, and checks that the role has its entry before it joins.
        allow("JoinCluster", ["eks:DescribeCluster", "eks:ListAccessEntries"], args.cluster_arn),
        allow("PodIdentity", "eks-auth:AssumeRoleForPodIdentity", args.cluster_arn),
    ]
    if args.through_ssm:
        managed.append("AmazonSSMManagedInstanceCore")
        statements += _leaving_ssm(args)
    for policy in managed:
        iam.RolePolicyAttachment(
            f"{name}-{policy}", role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=child
        )
    iam.RolePolicy(f"{name}-policy", role=role.name, policy=document(statements), opts=child)
    if args.cached_prefixes:
        iam.RolePolicy(
            f"{name}-pull-through",
            role=role.name,
            policy=pull_through_policy(args.account_id, args.region, args.cached_prefixes),
            opts=child,
        )
    eks.AccessEntry(
        f"{name}-access", cluster_name=args.cluster_name, principal_arn=role.arn, type="HYBRID_LINUX", opts=child
    )
    return role


def _leaving_ssm(args: HybridRoleArgs) -> list[Statement]:
    """What `nodeadm uninstall` needs: to find the machine in SSM and take it out, of this cluster's alone."""
    machines = f"arn:aws:ssm:{args.region}:{args.account_id}:managed-instance/*"
    ours = {"ssm:resourceTag/EKSClusterARN": args.cluster_arn}
    return [
        allow("FindInSsm", "ssm:DescribeInstanceInformation", "*"),
        allow("LeaveSsm", "ssm:DeregisterManagedInstance", machines, StringEquals=ours),
    ]
