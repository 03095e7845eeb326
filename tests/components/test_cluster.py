"""The control plane, its order and its first add-ons. Does not prove that EKS brings it up."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.cluster import Cluster, ClusterArgs
from components.cluster_access import AccessEntry
from tests.components.recorder import Recording, record

ACCOUNT = "111122223333"
ADDON = "aws:eks/addon:Addon"
SECRETS_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/cluster"


def build(*, preview: bool = False, seen: list[Any] | None = None, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            "cluster_name": "llm-platform-dev",
            "kubernetes_version": "1.35",
            "account_id": ACCOUNT,
            "subnet_ids": ["subnet-a", "subnet-b"],
            "vpc_cidr": "10.20.0.0/16",
            "secrets_key_arn": SECRETS_KEY,
            "logs_key_arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/logs",
            "log_retention_days": 30,
            "public_endpoint_cidrs": [],
            "access": [
                AccessEntry(role_arn=f"arn:aws:iam::{ACCOUNT}:role/admin", policy="AmazonEKSClusterAdminPolicy")
            ],
            "addons": {"vpc-cni": "v1.2", "kube-proxy": "v1.35", "eks-pod-identity-agent": "v1.3"},
            "deletion_protection": True,
        }
        cluster = Cluster("cluster", ClusterArgs(**settings | changes))
        if seen is not None:
            pulumi.Output.all(
                cluster.name,
                cluster.endpoint,
                cluster.certificate_authority_data,
                cluster.security_group_id,
                cluster.oidc_provider_arn,
                cluster.version,
            ).apply(seen.append)

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:cluster:Cluster", "cluster"),
        ("aws:cloudwatch/logGroup:LogGroup", "cluster-logs"),
        ("aws:iam/role:Role", "cluster-role"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-AmazonEKSClusterPolicy"),
        ("aws:iam/rolePolicy:RolePolicy", "cluster-secrets-key"),
        ("aws:eks/cluster:Cluster", "cluster-control-plane"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "cluster-oidc"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cluster-api-from-vpc"),
        ("llm-platform:cluster_access:ClusterAccess", "cluster-access"),
        ("aws:eks/accessEntry:AccessEntry", "cluster-access-admin"),
        (
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            "cluster-access-admin-AmazonEKSClusterAdminPolicy",
        ),
        ("llm-platform:pod_identity:PodIdentity", "cluster-vpc-cni"),
        ("aws:iam/role:Role", "cluster-vpc-cni-role"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-vpc-cni-AmazonEKS_CNI_Policy"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "cluster-vpc-cni-association"),
        (ADDON, "cluster-addon-eks-pod-identity-agent"),
        (ADDON, "cluster-addon-kube-proxy"),
        (ADDON, "cluster-addon-vpc-cni"),
    }


def test_control_plane_inputs():
    cluster = build().one("cluster-control-plane")
    assert cluster.inputs == {
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "deletionProtection": True,
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "encryptionConfig": {"provider": {"keyArn": SECRETS_KEY}, "resources": ["secrets"]},
        "name": "llm-platform-dev",
        "roleArn": f"arn:aws:mock:us-east-1:{ACCOUNT}:cluster-role",
        "upgradePolicy": {"supportType": "STANDARD"},
        "version": "1.35",
        "vpcConfig": {
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
            "subnetIds": ["subnet-a", "subnet-b"],
        },
    }


def test_logs_and_permissions_come_before_the_control_plane():
    recording = build()
    assert recording.one("cluster-control-plane").dependencies == (
        "cluster-AmazonEKSClusterPolicy",
        "cluster-logs",
        "cluster-role",
        "cluster-secrets-key",
    )
    assert recording.one("cluster-logs").inputs == {
        "kmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/logs",
        "name": "/aws/eks/llm-platform-dev/cluster",
        "retentionInDays": 30,
    }


def test_public_endpoint_opens_for_the_allow_list_alone():
    vpc_config = build(public_endpoint_cidrs=["203.0.113.0/24"]).one("cluster-control-plane").inputs["vpcConfig"]
    assert vpc_config["endpointPublicAccess"] is True
    assert vpc_config["endpointPrivateAccess"] is True
    assert vpc_config["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_the_private_endpoint_is_reached_from_the_vpc():
    assert build().one("cluster-api-from-vpc").inputs == {
        "cidrIpv4": "10.20.0.0/16",
        "description": "Kubernetes API from the VPC",
        "fromPort": 443,
        "ipProtocol": "tcp",
        "securityGroupId": "sg-cluster",
        "toPort": 443,
    }


def test_an_endpoint_open_to_the_world_is_refused():
    with pytest.raises(ValueError, match=r"0\.0\.0\.0/0 opens the Kubernetes API to everyone"):
        build(public_endpoint_cidrs=["0.0.0.0/0"])


def test_only_eks_of_this_account_may_assume_the_control_planes_role():
    trust = json.loads(build().one("cluster-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "eks.amazonaws.com"}
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_control_plane_may_use_the_secrets_key_and_no_other():
    policy = json.loads(build().one("cluster-secrets-key").inputs["policy"])
    assert {statement["Resource"] for statement in policy["Statement"]} == {SECRETS_KEY}


@pytest.mark.parametrize(
    ("addon", "version"), [("eks-pod-identity-agent", "v1.3"), ("kube-proxy", "v1.35"), ("vpc-cni", "v1.2")]
)
def test_addons_are_pinned(addon: str, version: str):
    inputs = build().one(f"cluster-addon-{addon}").inputs
    assert inputs["addonName"] == addon
    assert inputs["addonVersion"] == version
    assert inputs["clusterName"] == "llm-platform-dev"
    assert inputs["resolveConflictsOnCreate"] == inputs["resolveConflictsOnUpdate"] == "OVERWRITE"


def test_vpc_cni_delegates_prefixes_and_enforces_network_policy_under_an_identity_of_its_own():
    addon = build().one("cluster-addon-vpc-cni")
    assert json.loads(addon.inputs["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }
    assert addon.dependencies == ("cluster-control-plane", "cluster-vpc-cni-association")


def test_oidc_provider_is_the_clusters_issuer():
    assert build().one("cluster-oidc").inputs == {
        "clientIdLists": ["sts.amazonaws.com"],
        "url": "https://oidc.example/id/1",
    }


def test_outputs():
    seen: list[Any] = []
    build(seen=seen)
    assert seen == [
        [
            "llm-platform-dev",
            "https://cluster.example",
            "Y2E=",
            "sg-cluster",
            f"arn:aws:mock:us-east-1:{ACCOUNT}:cluster-oidc",
            "1.35",
        ]
    ]


def test_outputs_are_unknown_in_a_preview():
    seen: list[Any] = []
    build(seen=seen, preview=True)
    assert seen == []
