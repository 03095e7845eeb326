"""EKS in the emulated account. Does not prove that EKS accepts a configuration: moto judges nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, record, round_trip

ROLE = "arn:aws:iam::111122223333:role/platform-cluster"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


@pytest.fixture(scope="module")
def subnets(account: Account) -> list[str]:
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return [
        account.call(
            "ec2",
            "create_subnet",
            VpcId=vpc,
            CidrBlock=f"10.9.{number}.0/24",
            AvailabilityZone=f"us-east-1{zone}",
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]


def cluster_inputs(subnets: list[str], name: str) -> dict[str, Any]:
    return {
        "name": name,
        "roleArn": ROLE,
        "version": "1.35",
        "vpcConfig": {"subnetIds": subnets, "endpointPrivateAccess": True, "endpointPublicAccess": False},
        "enabledClusterLogTypes": ["api", "audit"],
        "encryptionConfig": {
            "provider": {"keyArn": "arn:aws:kms:us-east-1:111122223333:key/1"},
            "resources": ["secrets"],
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": False,
        "bootstrapSelfManagedAddons": False,
        "tagsAll": TAGS,
    }


@pytest.fixture(scope="module")
def cluster(account: Account, subnets: list[str]) -> Iterator[Resource]:
    resource = create(account, CLUSTER, "platform", **cluster_inputs(subnets, "platform"))
    yield resource
    delete(account, resource)
    assert is_gone(account, resource)


def test_a_cluster_reads_back_as_asked(account: Account, cluster: Resource) -> None:
    assert_read_back(account, cluster)


def test_a_cluster_gives_what_others_refer_to(cluster: Resource) -> None:
    outputs = cluster.outputs
    assert cluster.id == outputs["name"] == "platform"
    assert outputs["arn"] == "arn:aws:eks:us-east-1:111122223333:cluster/platform"
    assert outputs["endpoint"].endswith(".gr7.us-east-1.eks.amazonaws.com")
    assert outputs["certificateAuthority"]["data"]
    issuer = outputs["identities"][0]["oidcs"][0]["issuer"]
    assert issuer.startswith("https://oidc.eks.us-east-1.amazonaws.com/id/")
    assert outputs["status"] == "ACTIVE"
    assert outputs["vpcConfig"]["endpointPublicAccess"] is False


def test_eks_makes_and_removes_the_cluster_security_group(account: Account, subnets: list[str]) -> None:
    resource = create(account, CLUSTER, "other", **cluster_inputs(subnets, "other"))
    group = resource.outputs["vpcConfig"]["clusterSecurityGroupId"]
    found = account.call("ec2", "describe_security_groups", GroupIds=[group])["SecurityGroups"][0]
    assert found["VpcId"] == resource.outputs["vpcConfig"]["vpcId"]
    assert found["GroupName"].startswith("eks-cluster-sg-other-")
    assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group
    delete(account, resource)
    with pytest.raises(CloudError, match=group):
        account.call("ec2", "describe_security_groups", GroupIds=[group])


def test_a_second_cluster_of_the_name_is_refused(account: Account, cluster: Resource, subnets: list[str]) -> None:
    with pytest.raises(CloudError, match="exists"):
        create(account, CLUSTER, "again", **cluster_inputs(subnets, cluster.id))


def test_a_cluster_in_a_missing_subnet_is_refused_and_leaves_nothing(account: Account) -> None:
    with pytest.raises(CloudError, match="InvalidSubnetID"):
        create(account, CLUSTER, "lost", **cluster_inputs(["subnet-0123456789abcdef0"], "lost"))
    assert "lost" not in account.call("eks", "list_clusters")["clusters"]


def node_group_inputs(subnets: list[str], **more: Any) -> dict[str, Any]:
    return {
        "clusterName": "platform",
        "nodeGroupName": "inference",
        "nodeRoleArn": ROLE,
        "subnetIds": subnets,
        "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 3},
        "amiType": "AL2023_x86_64_NVIDIA",
        "capacityType": "SPOT",
        "instanceTypes": ["g5.xlarge", "g6.xlarge", "g4dn.xlarge"],
        "labels": {"llm-platform/pool": "inference"},
        "taints": [{"key": "nvidia.com/gpu", "value": "inference", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailable": 1},
        "tagsAll": TAGS,
        **more,
    }


@pytest.mark.usefixtures("cluster")
def test_a_node_group_goes_round(account: Account, subnets: list[str]) -> None:
    template = account.call(
        "ec2",
        "create_launch_template",
        LaunchTemplateName="inference",
        LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}},
    )["LaunchTemplate"]
    reference = {"id": template["LaunchTemplateId"], "version": "1"}
    resource = round_trip(account, NODE_GROUP, node_group_inputs(subnets, launchTemplate=reference))
    assert resource.id == "platform:inference"
    assert resource.outputs["arn"].startswith("arn:aws:eks:us-east-1:111122223333:nodegroup/platform/inference/")
    assert resource.outputs["resources"][0]["autoscalingGroups"][0]["name"].startswith("eks-")


@pytest.mark.usefixtures("cluster")
def test_a_node_group_takes_the_version_of_its_cluster(account: Account, subnets: list[str]) -> None:
    resource = create(account, NODE_GROUP, "plain", **node_group_inputs(subnets, nodeGroupName="plain"))
    assert resource.outputs["version"] == "1.35"
    assert differences(account, resource) == {}
    delete(account, resource)


def test_a_node_group_without_cluster_is_refused(account: Account, subnets: list[str]) -> None:
    with pytest.raises(CloudError, match="No cluster found"):
        create(account, NODE_GROUP, "lost", **node_group_inputs(subnets, clusterName="nowhere"))


ADDON = {
    "clusterName": "platform",
    "addonName": "vpc-cni",
    "addonVersion": "v1.20.1-eksbuild.1",
    "resolveConflictsOnCreate": "OVERWRITE",
    "configurationValues": "{}",
    "tagsAll": TAGS,
}
ENTRY = {"clusterName": "platform", "principalArn": ROLE, "type": "STANDARD", "tagsAll": TAGS}
ACCESS = {
    "clusterName": "platform",
    "principalArn": ROLE,
    "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    "accessScope": {"type": "cluster"},
}
POD_IDENTITY = {
    "clusterName": "platform",
    "namespace": "kube-system",
    "serviceAccount": "karpenter",
    "roleArn": ROLE,
    "tagsAll": TAGS,
}


@pytest.mark.parametrize(
    ("type_", "inputs", "id_"),
    [
        ("aws:eks/addon:Addon", ADDON, "platform:vpc-cni"),
        ("aws:eks/accessEntry:AccessEntry", ENTRY, f"platform:{ROLE}"),
        (
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            ACCESS,
            f"platform#{ROLE}#{ACCESS['policyArn']}",
        ),
    ],
)
def test_a_good_request_is_recorded(account: Account, type_: str, inputs: dict[str, Any], id_: str) -> None:
    assert record(account, type_, inputs).id == id_


def test_a_pod_identity_association_has_an_id_of_its_own(account: Account) -> None:
    created = record(account, "aws:eks/podIdentityAssociation:PodIdentityAssociation", POD_IDENTITY)
    assert created.id == created.outputs["associationId"]
    assert created.outputs["associationArn"].endswith(f"podidentityassociation/platform/{created.id}")


@pytest.mark.parametrize(
    ("type_", "inputs", "match"),
    [
        ("aws:eks/addon:Addon", ADDON | {"resolveConflictsOnCreate": "WIN"}, "resolveConflicts"),
        ("aws:eks/accessEntry:AccessEntry", ENTRY | {"principalArn": None}, "principalArn"),
        (
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            ACCESS | {"accessScope": {"type": "galaxy"}},
            "galaxy",
        ),
        (
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            POD_IDENTITY | {"namespace": 3},
            "namespace",
        ),
    ],
)
def test_a_bad_request_is_refused(account: Account, type_: str, inputs: dict[str, Any], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        record(account, type_, inputs)
