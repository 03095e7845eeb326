"""What the AWS Load Balancer Controller may do: upstream's actions, bound to what carries this cluster's tag.

Upstream's policy asks only that the tag is there, whatever its value, and leaves some actions unbound; a second
cluster in the account would be open to it. Cognito, WAF, Shield and IAM's own certificates are left out: no
release here uses them.
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/ (IAM policy)
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
"""

from __future__ import annotations

from typing import Any

import pulumi

from components.policy_statement import Statement, allow

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
"""Tag that the controller puts on everything it makes; its value is the cluster's name."""

_READS = (
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:GetSecurityGroupsForVpc",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeTrustStores",
    "acm:ListCertificates",
)
_CHANGES = (
    "AddListenerCertificates",
    "CreateListener",
    "CreateRule",
    "DeleteListener",
    "DeleteLoadBalancer",
    "DeleteRule",
    "DeleteTargetGroup",
    "DeregisterTargets",
    "ModifyCapacityReservation",
    "ModifyListener",
    "ModifyListenerAttributes",
    "ModifyLoadBalancerAttributes",
    "ModifyRule",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "RegisterTargets",
    "RemoveListenerCertificates",
    "SetIpAddressType",
    "SetRulePriorities",
    "SetSecurityGroups",
    "SetSubnets",
)


def load_balancer_statements(
    cluster_name: str, region: str, account_id: str, vpc_id: pulumi.Input[str]
) -> list[Statement]:
    """Make, change and delete this cluster's load balancers and their security groups, in its own VPC."""
    return [
        *_reading(region, account_id),
        *_security_groups(cluster_name, region, account_id, vpc_id),
        *_load_balancers(cluster_name, region, account_id),
    ]


def _tagged(prefix: str, cluster_name: str) -> dict[str, str]:
    return {f"aws:{prefix}/{CLUSTER_TAG}": cluster_name}


def _reading(region: str, account_id: str) -> list[Statement]:
    """Named read actions, which AWS can't bind to a resource, and the role that every load balancer needs."""
    service = "elasticloadbalancing.amazonaws.com"
    return [
        allow("ReadNetworkAndLoadBalancers", _READS, "*", StringEquals={"aws:RequestedRegion": region}),
        allow("ReadCertificates", "acm:DescribeCertificate", f"arn:aws:acm:{region}:{account_id}:certificate/*"),
        allow(
            "CreateServiceLinkedRole",
            "iam:CreateServiceLinkedRole",
            f"arn:aws:iam::{account_id}:role/aws-service-role/{service}/*",
            StringEquals={"iam:AWSServiceName": service},
        ),
    ]


def _security_groups(cluster_name: str, region: str, account_id: str, vpc_id: pulumi.Input[str]) -> list[Statement]:
    groups = f"arn:aws:ec2:{region}:{account_id}:security-group/*"
    rules = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    request, resource = _tagged("RequestTag", cluster_name), _tagged("ResourceTag", cluster_name)
    return [
        allow("CreateSecurityGroups", "ec2:CreateSecurityGroup", groups, StringEquals=request),
        allow(
            "CreateSecurityGroupsInVpc",
            "ec2:CreateSecurityGroup",
            pulumi.Output.concat(f"arn:aws:ec2:{region}:{account_id}:vpc/", vpc_id),
        ),
        allow(
            "TagCreatedSecurityGroups",
            "ec2:CreateTags",
            groups,
            StringEquals={**request, "ec2:CreateAction": "CreateSecurityGroup"},
        ),
        # A tag of the request under the cluster's key could hand a group over to another cluster.
        allow(
            "TagSecurityGroups",
            ["ec2:CreateTags", "ec2:DeleteTags"],
            groups,
            StringEquals=resource,
            Null={f"aws:RequestTag/{CLUSTER_TAG}": "true"},
        ),
        allow("ChangeSecurityGroups", [*rules, "ec2:DeleteSecurityGroup"], groups, StringEquals=resource),
        # Load balancers reach pods through the cluster's own group, which EKS tags so.
        allow(
            "OpenClusterSecurityGroup",
            rules,
            groups,
            StringEquals={f"aws:ResourceTag/kubernetes.io/cluster/{cluster_name}": "owned"},
        ),
    ]


def _load_balancers(cluster_name: str, region: str, account_id: str) -> list[Statement]:
    service, here = "elasticloadbalancing", f"arn:aws:elasticloadbalancing:{region}:{account_id}"
    balancers = [f"{here}:loadbalancer/app/*", f"{here}:loadbalancer/net/*"]
    groups = f"{here}:targetgroup/*"
    parts = [f"{here}:{part}/{kind}/*" for part in ("listener", "listener-rule") for kind in ("app", "net")]
    request, resource = _tagged("RequestTag", cluster_name), _tagged("ResourceTag", cluster_name)
    creating: dict[str, Any] = {
        f"{service}:CreateAction": ["CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup"]
    }
    return [
        allow(
            "CreateLoadBalancers",
            [f"{service}:CreateLoadBalancer", f"{service}:CreateTargetGroup"],
            [*balancers, groups],
            StringEquals=request,
        ),
        allow("TagCreated", f"{service}:AddTags", [*balancers, groups, *parts], StringEquals={**request, **creating}),
        allow(
            "TagLoadBalancers",
            [f"{service}:AddTags", f"{service}:RemoveTags"],
            [*balancers, groups, *parts],
            StringEquals=resource,
            Null={f"aws:RequestTag/{CLUSTER_TAG}": "true"},
        ),
        allow(
            "ChangeLoadBalancers",
            [f"{service}:{change}" for change in _CHANGES],
            [*balancers, groups, *parts],
            StringEquals=resource,
        ),
    ]
