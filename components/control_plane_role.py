"""The role that EKS runs the control plane under."""

from __future__ import annotations

import pulumi
from pulumi_aws import iam

from components.trust import service_trust


def control_plane_role(
    parent: pulumi.ComponentResource, name: str, *, account_id: str, secrets_key_arn: pulumi.Input[str]
) -> tuple[iam.Role, list[pulumi.Resource]]:
    """Role of the control plane, and what must be attached to it before the cluster is made."""
    child = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-role",
        description="Control plane of the cluster",
        assume_role_policy=service_trust("eks.amazonaws.com", account_id),
        opts=child,
    )
    attachment = iam.RolePolicyAttachment(
        f"{name}-AmazonEKSClusterPolicy",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
        opts=child,
    )
    secrets = iam.RolePolicy(
        f"{name}-secrets-key",
        role=role.name,
        policy=pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "EnvelopeEncryption",
                        "Effect": "Allow",
                        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
                        "Resource": secrets_key_arn,
                    },
                    {
                        "Sid": "GrantForTheControlPlane",
                        "Effect": "Allow",
                        "Action": "kms:CreateGrant",
                        "Resource": secrets_key_arn,
                        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
                    },
                ],
            },
            sort_keys=True,
        ),
        opts=child,
    )
    return role, [attachment, secrets]
