"""The spec of an EC2NodeClass. Does not prove that EC2 starts such a machine."""

from __future__ import annotations

from typing import Any

import pytest

from components.karpenter_policy import node_lifecycle_policy
from components.node_class import NodesToStart, node_class_spec
from tests.components.node_pool_fixtures import node_class


def test_the_machine_joins_as_the_clusters_own_with_encrypted_disks_and_no_way_to_its_role():
    assert node_class_spec(node_class()) == {
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "deleteOnTermination": True,
                    "encrypted": True,
                    "kmsKeyID": "arn:volumes",
                    "volumeSize": "200Gi",
                    "volumeType": "gp3",
                },
            }
        ],
        "detailedMonitoring": True,
        "instanceProfile": "karpenter-nodes",
        "kubelet": {"maxPods": 110},
        "metadataOptions": {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"},
        "securityGroupSelectorTerms": [{"id": "sg-cluster"}],
        "subnetSelectorTerms": [{"id": "subnet-a"}, {"id": "subnet-b"}],
        "tags": {"llm-platform:environment": "dev"},
    }


def test_bottlerocket_keeps_images_and_pods_on_its_second_disk():
    devices = node_class_spec(node_class(ami_family="bottlerocket", ami_version="v1.54.0"))
    assert devices["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.54.0"}]
    sizes = {device["deviceName"]: device["ebs"]["volumeSize"] for device in devices["blockDeviceMappings"]}
    assert sizes == {"/dev/xvda": "4Gi", "/dev/xvdb": "200Gi"}
    assert all(device["ebs"]["encrypted"] for device in devices["blockDeviceMappings"])


def test_local_disks_hold_images_and_pods():
    assert node_class_spec(node_class(local_disks=True))["instanceStorePolicy"] == "RAID0"


def policy_tags() -> set[str]:
    """Tags that Karpenter's policy asks of what it starts; Karpenter sets every one itself."""
    asked: set[str] = set()
    for statement in node_lifecycle_policy("llm-platform-dev", "us-east-1")["Statement"]:
        for test in statement.get("Condition", {}).values():
            asked |= {key.split("/", 1)[1] for key in test if key.startswith("aws:RequestTag/")}
    return asked


def test_the_policy_asks_for_tags_that_we_could_not_forge():
    assert policy_tags() == {"eks:eks-cluster-name", "karpenter.sh/nodepool", "kubernetes.io/cluster/llm-platform-dev"}


@pytest.mark.parametrize(
    "tag",
    [
        "eks:eks-cluster-name",
        "karpenter.sh/nodepool",
        "karpenter.sh/nodeclaim",
        "kubernetes.io/cluster/llm-platform-dev",
    ],
)
def test_a_tag_of_karpenters_own_is_refused(tag: str):
    common: dict[str, Any] = {
        "instance_profile": "p",
        "security_group_id": "sg",
        "volumes_key_arn": "arn",
        "after": [],
    }
    with pytest.raises(ValueError, match="Karpenter sets it itself"):
        NodesToStart(tags={tag: "x"}, **common)
