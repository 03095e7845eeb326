"""One managed node group and its launch template. Does not prove that an instance starts from it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import ec2

from components.naming import Taint
from components.node_group import NodeGroup, NodeGroupArgs
from tests.components.node_group_fixtures import GROUP, NETWORK_ADDON, NODES, TEMPLATE, joining, sized
from tests.components.recorder import Recording, record


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            **joining(),
            "subnet_ids": ["subnet-a", "subnet-b"],
            "instance_types": ["g5.xlarge", "g6.xlarge"],
            "ami_type": "AL2023_x86_64_NVIDIA",
            "labels": {"llm-platform/pool": "inference"},
            "taints": [Taint("nvidia.com/gpu", "inference")],
        }
        NodeGroup("g", NodeGroupArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        NETWORK_ADDON,
        (GROUP, "g"),
        (TEMPLATE, "g-template"),
        (NODES, "g-nodes"),
    }


def test_node_group_inputs():
    nodes = build().one("g-nodes")
    assert nodes.inputs == {
        "amiType": "AL2023_x86_64_NVIDIA",
        "capacityType": "ON_DEMAND",
        "clusterName": "llm-platform-dev",
        "forceUpdateVersion": False,
        "instanceTypes": ["g5.xlarge", "g6.xlarge"],
        "labels": {"llm-platform/pool": "inference"},
        "launchTemplate": {"id": "g-template-id", "version": "1"},
        "nodeRepairConfig": {"enabled": True},
        "nodeRoleArn": "arn:aws:iam::111122223333:role/nodes",
        "scalingConfig": {"desiredSize": 0, "maxSize": 4, "minSize": 0},
        "subnetIds": ["subnet-a", "subnet-b"],
        "taints": [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "inference"}],
        "updateConfig": {"maxUnavailable": 1},
        "version": "1.35",
    }
    assert nodes.ignore_changes == ("scalingConfig.desiredSize",)
    assert nodes.dependencies == ("g-template", "network-addon")


def test_launch_template_inputs():
    tags = {"Name": "g", "team": "ml-platform"}
    assert build().one("g-template").inputs == {
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "deleteOnTermination": "true",
                    "encrypted": "true",
                    "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/volumes",
                    "volumeSize": 200,
                    "volumeType": "gp3",
                },
            }
        ],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        "monitoring": {"enabled": True},
        "tagSpecifications": [
            {"resourceType": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
        ],
        "updateDefaultVersion": True,
        "vpcSecurityGroupIds": ["sg-cluster"],
    }


def test_bottlerocket_keeps_data_on_its_second_volume():
    devices = build(ami_type="BOTTLEROCKET_x86_64_NVIDIA").one("g-template").inputs["blockDeviceMappings"]
    assert [(device["deviceName"], device["ebs"]["volumeSize"]) for device in devices] == [
        ("/dev/xvda", 4),
        ("/dev/xvdb", 200),
    ]
    assert all(device["ebs"]["encrypted"] == "true" for device in devices)


def test_security_groups_stand_in_the_interfaces_or_in_the_template_never_in_both():
    interface = ec2.LaunchTemplateNetworkInterfaceArgs(device_index=0, security_groups=["sg-cluster"])
    template = build(network_interfaces=[interface]).one("g-template").inputs
    assert template["networkInterfaces"] == [{"deviceIndex": 0, "securityGroups": ["sg-cluster"]}]
    assert "vpcSecurityGroupIds" not in template


def test_a_reservation_is_targeted():
    template = build(reservation_id="cr-0123456789abcdef0").one("g-template").inputs
    assert template["capacityReservationSpecification"] == {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    }
    assert "instanceMarketOptions" not in template


def test_a_capacity_block_has_its_instance_type_in_the_template():
    recording = build(
        capacity_type="CAPACITY_BLOCK", reservation_id="cr-0123456789abcdef0", instance_types=["p5.48xlarge"]
    )
    template, nodes = recording.one("g-template").inputs, recording.one("g-nodes").inputs
    assert template["instanceType"] == "p5.48xlarge"
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert template["capacityReservationSpecification"]["capacityReservationTarget"] == {
        "capacityReservationId": "cr-0123456789abcdef0"
    }
    assert nodes["capacityType"] == "CAPACITY_BLOCK"
    assert "instanceTypes" not in nodes


def test_placement_group_is_named_in_the_template():
    template = build(placement_group_name="together").one("g-template").inputs
    assert template["placement"] == {"groupName": "together"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min_nodes": 2, "desired_nodes": 1}, "min 2, desired 1, max 4: needs"),
        ({"desired_nodes": 5}, "min 0, desired 5, max 4: needs"),
        ({"max_nodes": 0}, "max >= 1"),
    ],
)
def test_sizes_that_eks_would_refuse_are_refused_here(changes: dict[str, int], message: str):
    with pytest.raises(ValueError, match=message):
        sized(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instance_types": []}, "without instance types"),
        ({"capacity_type": "CAPACITY_BLOCK"}, "needs its reservation id and exactly one"),
        ({"labels": {"node.kubernetes.io/x": "y"}}, "EKS keeps"),
        ({"labels": {"pool": "not this"}}, "value 'not this'"),
        ({"ami_type": "CUSTOM"}, "AMI type 'CUSTOM': its root device is not known"),
    ],
)
def test_what_eks_would_refuse_is_refused_here(changes: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        build(**changes)
