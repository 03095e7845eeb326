"""Node groups read back from emulated AWS. Made by plain requests; that the program's own come out is test_up.py's."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from rehearsal.aws.account import Account
from rehearsal.cluster.node_groups import Machines, node_groups


@pytest.fixture
def account() -> Generator[Account]:
    with Account("111122223333", "us-east-1") as account:
        yield account


def made(account: Account, template: dict[str, Any] | None = None, **options: Any) -> Machines:
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        account.call("ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=zone)["Subnet"]
        for index, zone in enumerate(("us-east-1b", "us-east-1a"))
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    role = "arn:aws:iam::111122223333:role/node"
    access = {"subnetIds": ids}
    account.call("eks", "create_cluster", name="c", roleArn=role, resourcesVpcConfig=access)
    if template is not None:
        name = account.call("ec2", "create_launch_template", LaunchTemplateName="t", LaunchTemplateData=template)
        options["launchTemplate"] = {"id": name["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}
    account.call(
        "eks",
        "create_nodegroup",
        clusterName="c",
        nodegroupName="pool",
        nodeRole=role,
        subnets=ids,
        scalingConfig={"minSize": 0, "desiredSize": 1, "maxSize": 3},
        **options,
    )
    (found,) = node_groups(account)
    return found


def test_taints_come_out_as_kubernetes_spells_them(account: Account) -> None:
    taint = {"key": "nvidia.com/gpu", "value": "spot", "effect": "NO_SCHEDULE"}
    found = made(account, instanceTypes=["g6.xlarge"], taints=[taint], capacityType="SPOT")
    assert found.taints == ({"key": "nvidia.com/gpu", "value": "spot", "effect": "NoSchedule"},)
    assert found.spot


def test_labels_are_the_groups_own_and_those_that_eks_adds(account: Account) -> None:
    found = made(account, instanceTypes=["g6.xlarge"], labels={"llm-platform/pool": "inference"})
    assert found.pool == "inference"
    assert found.labels["eks.amazonaws.com/nodegroup"] == "pool"
    assert found.labels["eks.amazonaws.com/capacityType"] == "ON_DEMAND"


def test_size_and_zones_are_what_aws_describes(account: Account) -> None:
    found = made(account, instanceTypes=["g6.xlarge"])
    assert (found.desired, found.maximum, found.zones) == (1, 3, ("us-east-1a", "us-east-1b"))


def test_type_disk_and_efa_come_from_the_launch_template_where_it_has_them(account: Account) -> None:
    template = {
        "InstanceType": "p5.48xlarge",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}},
            {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 500}},
        ],
        "NetworkInterfaces": [
            {"DeviceIndex": 0, "NetworkCardIndex": 0, "InterfaceType": "efa"},
            {"DeviceIndex": 1, "NetworkCardIndex": 1, "InterfaceType": "efa"},
        ],
    }
    found = made(account, template)
    assert found.instance_types == ("p5.48xlarge",)
    assert found.disk_gib == 500
    assert found.efa_interfaces == 2
