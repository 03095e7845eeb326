"""The role and instance profile of instances on dedicated hosts: nodes of the cluster, reached through SSM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.node_role import NODE_POLICIES, pull_through_policy
from components.trust import service_trust


@dataclass(frozen=True, kw_only=True)
class HostRoleArgs:
    """What the role of one group needs."""

    cluster_name: pulumi.Input[str]
    account_id: str
    region: str
    cached_prefixes: Sequence[str] = ()
    """Prefixes of the registry's pull-through cache."""


@dataclass(frozen=True, kw_only=True)
class HostRole:
    """What was registered for it."""

    arn: pulumi.Output[str]
    profile_name: pulumi.Output[str]
    granted: Sequence[pulumi.Resource]
    """What must stand before an instance joins."""


def host_role(parent: pulumi.Resource, name: str, args: HostRoleArgs) -> HostRole:
    """Register role, policies, instance profile and access entry of one group under its component."""
    child = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-role",
        description="Instances on dedicated hosts: nodes of the cluster, managed through SSM",
        assume_role_policy=service_trust("ec2.amazonaws.com"),
        opts=child,
    )
    granted: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-{policy}", role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=child
        )
        for policy in NODE_POLICIES
    ]
    if args.cached_prefixes:
        granted.append(
            iam.RolePolicy(
                f"{name}-pull-through",
                role=role.name,
                policy=pull_through_policy(args.account_id, args.region, args.cached_prefixes),
                opts=child,
            )
        )
    # EKS makes the entries of managed node groups by itself; these instances are none.
    granted.append(
        eks.AccessEntry(
            f"{name}-access", cluster_name=args.cluster_name, principal_arn=role.arn, type="EC2_LINUX", opts=child
        )
    )
    profile = iam.InstanceProfile(f"{name}-profile", role=role.name, opts=child)
    return HostRole(arn=role.arn, profile_name=profile.name, granted=granted)
