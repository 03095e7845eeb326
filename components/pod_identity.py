"""AWS permissions of one Kubernetes service account through EKS Pod Identity: a role and its association."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import eks, iam

from components.trust import pod_identity_trust


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """Which service account may do what."""

    cluster_name: pulumi.Input[str]
    account_id: str
    namespace: str
    service_account: str
    managed_policies: Sequence[str] = ()
    """AWS's own policies, by their path under `arn:aws:iam::aws:policy/`."""
    policies: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Policies of ours, JSON by a name that stays: it is the name of the resource."""


class PodIdentity(pulumi.ComponentResource):
    """Role that one service account gets through the Pod Identity agent; no keys, no annotation."""

    role_arn: pulumi.Output[str]
    association: eks.PodIdentityAssociation

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:pod_identity:PodIdentity", name, None, opts)
        role = iam.Role(
            f"{name}-role",
            description=f"Service account {args.namespace}/{args.service_account}",
            assume_role_policy=pod_identity_trust(args.account_id, args.namespace, args.service_account),
            opts=pulumi.ResourceOptions(parent=self),
        )
        granted: list[pulumi.Resource] = [
            iam.RolePolicyAttachment(
                f"{name}-{policy.rpartition('/')[2]}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for policy in args.managed_policies
        ]
        granted += [
            iam.RolePolicy(f"{name}-{label}", role=role.name, policy=policy, opts=pulumi.ResourceOptions(parent=self))
            for label, policy in args.policies.items()
        ]
        self.association = eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=role.arn,
            # A pod that starts on the association finds its permissions complete.
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        self.role_arn = role.arn
        self.register_outputs({"roleArn": self.role_arn})
