"""Access entries: which IAM roles may do what in the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """One role's permission through one of EKS's access policies."""

    role_arn: str
    policy: str
    """Name such as AmazonEKSClusterAdminPolicy, AmazonEKSAdminPolicy, AmazonEKSViewPolicy."""
    namespaces: Sequence[str] = ()
    """Where the policy holds; empty is the whole cluster."""


@dataclass(frozen=True, kw_only=True)
class ClusterAccessArgs:
    """What the access entries of a cluster need."""

    cluster_name: pulumi.Input[str]
    account_id: str
    entries: Sequence[AccessEntry]
    """A role may come several times, with a policy each."""


class ClusterAccess(pulumi.ComponentResource):
    """One access entry per role, and an association per policy of the role."""

    def __init__(self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:cluster_access:ClusterAccess", name, None, opts)
        entries: dict[str, eks.AccessEntry] = {}
        for access in args.entries:
            label = _role_label(access.role_arn, args.account_id)
            if access.role_arn not in entries:
                entries[access.role_arn] = eks.AccessEntry(
                    f"{name}-{label}",
                    cluster_name=args.cluster_name,
                    principal_arn=access.role_arn,
                    type="STANDARD",
                    opts=pulumi.ResourceOptions(parent=self),
                )
            eks.AccessPolicyAssociation(
                f"{name}-{label}-{access.policy}",
                cluster_name=args.cluster_name,
                principal_arn=access.role_arn,
                policy_arn=f"arn:aws:eks::aws:cluster-access-policy/{access.policy}",
                access_scope=eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if access.namespaces else "cluster",
                    namespaces=list(access.namespaces) or None,
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[entries[access.role_arn]]),
            )
        self.register_outputs({})


def _role_label(role_arn: str, account_id: str) -> str:
    """Name of the role, which is unique in its account whatever its path; another account's comes first."""
    owner, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return role if owner == account_id else f"{owner}-{role}"
