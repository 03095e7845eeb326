"""What Karpenter's controller may do: the statements of upstream's template, kept under its statement ids.

https://github.com/aws/karpenter-provider-aws, v1.14,
website/content/en/v1.14/getting-started/getting-started-with-karpenter/cloudformation.yaml
"""

from __future__ import annotations

from typing import Any

from components.policy_statement import Statement, allow

_CREATED = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")


def _document(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _any_pool(prefix: str) -> dict[str, str | list[str]]:
    return {f"aws:{prefix}/karpenter.sh/nodepool": "*"}


def _owned(prefix: str, cluster_name: str) -> dict[str, str | list[str]]:
    return {f"aws:{prefix}/kubernetes.io/cluster/{cluster_name}": "owned"}


def node_lifecycle_policy(cluster_name: str, region: str) -> dict[str, Any]:
    """Start, tag and end instances, as long as they carry this cluster's and a node pool's tag."""
    regional = f"arn:aws:ec2:{region}:*"
    created = [f"{regional}:{kind}/*" for kind in _CREATED]
    for_cluster: dict[str, str | list[str]] = {
        **_owned("RequestTag", cluster_name),
        "aws:RequestTag/eks:eks-cluster-name": cluster_name,
    }
    return _document(
        allow(
            "AllowScopedEC2InstanceAccessActions",
            ["ec2:RunInstances", "ec2:CreateFleet"],
            [
                *(f"arn:aws:ec2:{region}::{kind}/*" for kind in ("image", "snapshot")),
                *(
                    f"{regional}:{kind}/*"
                    for kind in ("security-group", "subnet", "capacity-reservation", "placement-group")
                ),
            ],
        ),
        allow(
            "AllowScopedEC2LaunchTemplateAccessActions",
            ["ec2:RunInstances", "ec2:CreateFleet"],
            f"{regional}:launch-template/*",
            StringEquals=_owned("ResourceTag", cluster_name),
            StringLike=_any_pool("ResourceTag"),
        ),
        allow(
            "AllowScopedEC2InstanceActionsWithTags",
            ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
            created,
            StringEquals=for_cluster,
            StringLike=_any_pool("RequestTag"),
        ),
        allow(
            "AllowScopedResourceCreationTagging",
            "ec2:CreateTags",
            created,
            StringEquals={
                **for_cluster,
                "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
            },
            StringLike=_any_pool("RequestTag"),
        ),
        allow(
            "AllowScopedResourceTagging",
            "ec2:CreateTags",
            f"{regional}:instance/*",
            **{
                "StringEquals": _owned("ResourceTag", cluster_name),
                "StringLike": _any_pool("ResourceTag"),
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster_name},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
        allow(
            "AllowScopedDeletion",
            ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            [f"{regional}:instance/*", f"{regional}:launch-template/*"],
            StringEquals=_owned("ResourceTag", cluster_name),
            StringLike=_any_pool("ResourceTag"),
        ),
    )


def node_identity_policy(cluster_name: str, region: str, account_id: str, node_role_arn: str) -> dict[str, Any]:
    """Give nodes their role, and keep the instance profiles that Karpenter makes for node classes."""
    profiles = f"arn:aws:iam::{account_id}:instance-profile/*"
    resource: dict[str, str | list[str]] = {
        **_owned("ResourceTag", cluster_name),
        "aws:ResourceTag/topology.kubernetes.io/region": region,
    }
    request: dict[str, str | list[str]] = {
        **_owned("RequestTag", cluster_name),
        "aws:RequestTag/eks:eks-cluster-name": cluster_name,
        "aws:RequestTag/topology.kubernetes.io/region": region,
    }
    resource_class: dict[str, str | list[str]] = {"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    request_class: dict[str, str | list[str]] = {"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    return _document(
        allow(
            "AllowPassingInstanceRole",
            "iam:PassRole",
            node_role_arn,
            StringEquals={"iam:PassedToService": "ec2.amazonaws.com"},
        ),
        allow(
            "AllowScopedInstanceProfileCreationActions",
            "iam:CreateInstanceProfile",
            profiles,
            StringEquals=request,
            StringLike=request_class,
        ),
        allow(
            "AllowScopedInstanceProfileTagActions",
            "iam:TagInstanceProfile",
            profiles,
            StringEquals=resource | request,
            StringLike=resource_class | request_class,
        ),
        allow(
            "AllowScopedInstanceProfileActions",
            [
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteInstanceProfile",
            ],
            profiles,
            StringEquals=resource,
            StringLike=resource_class,
        ),
    )


def cluster_policy(
    cluster_arn: str, queue_arn: str, queue_key_arn: str, volumes_key_arn: str, region: str
) -> dict[str, Any]:
    """Find the API server, read the interruption queue, start nodes with encrypted volumes."""
    return _document(
        allow("AllowAPIServerEndpointDiscovery", "eks:DescribeCluster", cluster_arn),
        allow(
            "AllowInterruptionQueueActions",
            ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            queue_arn,
        ),
        # The two below are ours: upstream's queue and volumes are under keys of AWS.
        allow(
            "AllowInterruptionQueueKey",
            "kms:Decrypt",
            queue_key_arn,
            StringEquals={"kms:ViaService": f"sqs.{region}.amazonaws.com"},
        ),
        allow(
            "AllowNodeVolumesKey",
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
            volumes_key_arn,
            StringEquals={"kms:ViaService": f"ec2.{region}.amazonaws.com"},
        ),
        allow(
            "AllowNodeVolumesKeyGrant",
            "kms:CreateGrant",
            volumes_key_arn,
            Bool={"kms:GrantIsForAWSResource": "true"},
        ),
    )


def discovery_policy(region: str, account_id: str) -> dict[str, Any]:
    """Read offerings, prices, images, subnets: named read actions, which AWS can't bind to a resource."""
    return _document(
        allow(
            "AllowRegionalReadActions",
            [
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            "*",
            StringEquals={"aws:RequestedRegion": region},
        ),
        allow("AllowSSMReadActions", "ssm:GetParameter", f"arn:aws:ssm:{region}::parameter/aws/service/*"),
        allow("AllowPricingReadActions", "pricing:GetProducts", "*"),
        allow("AllowUnscopedInstanceProfileListAction", "iam:ListInstanceProfiles", "*"),
        allow(
            "AllowInstanceProfileReadActions",
            "iam:GetInstanceProfile",
            f"arn:aws:iam::{account_id}:instance-profile/*",
        ),
    )
