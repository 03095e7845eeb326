"""Hosts that Ansible joins, as simulated nodes: what their user data says, and what the export says of own machines.

Does not prove that the program writes such user data: tests/components/test_dedicated_hosts.py does.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from components.naming import Taint
from components.node_config import JoinedCluster, node_user_data
from rehearsal.aws.account import Account
from rehearsal.cluster.gpu_hosts import gpu_hosts
from rehearsal.cluster.landing import node_kinds
from rehearsal.cluster.nodes import ZONE_LABEL, node_manifests
from tests.ansible.exports import export
from tests.components.recorder import record


@pytest.fixture
def account() -> Generator[Account]:
    with Account("333344445555", "us-east-1") as account:
        yield account


def user_data(labels: dict[str, str]) -> str:
    """What the program writes for a host with these labels."""
    written: list[str] = []

    def program() -> None:
        cluster = JoinedCluster(
            name="c",
            ownership_tag="kubernetes.io/cluster/c",
            endpoint="https://c.example",
            certificate_authority_data="Y2E=",
            service_cidr="172.20.0.0/16",
            security_group_id="sg-1",
        )
        taint = Taint("nvidia.com/gpu", "training")
        node_user_data(cluster, labels=labels, taints=[taint], max_pods=250).apply(written.append)

    record(program)
    return written[0]


@pytest.fixture
def instance(account: Account) -> dict[str, Any]:
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = account.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b")
    return account.call(
        "ec2",
        "run_instances",
        MinCount=1,
        MaxCount=1,
        ImageId="ami-0123456789abcdef0",
        InstanceType="g5.48xlarge",
        SubnetId=subnet["Subnet"]["SubnetId"],
        UserData=user_data({"llm-platform/pool": "training", "nvidia.com/gpu.product": "A10G"}),
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 500}}],
    )["Instances"][0]


def document(instance_id: str) -> dict[str, Any]:
    return export({"groups.host-a10g.instance_ids": [instance_id], "groups.dgx-train.mig_layout": None})


def test_an_instance_is_the_node_that_its_user_data_makes_it(account: Account, instance: dict[str, Any]) -> None:
    _, host = gpu_hosts(account, document(instance["InstanceId"]))
    (node,) = node_manifests(host)
    assert node["metadata"]["name"] == instance["PrivateDnsName"]
    labels = node["metadata"]["labels"]
    assert labels["llm-platform/pool"] == "training"
    assert labels["node.kubernetes.io/instance-type"] == "g5.48xlarge"
    assert labels[ZONE_LABEL] == "us-east-1b"
    assert node["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"}]
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "8"
    assert not host.spot


def test_a_dgx_is_a_node_of_its_name_in_no_zone(account: Account, instance: dict[str, Any]) -> None:
    dgx, _ = gpu_hosts(account, document(instance["InstanceId"]))
    first, second = node_manifests(dgx)
    assert (first["metadata"]["name"], second["metadata"]["name"]) == ("dgx-01", "dgx-02")
    labels = first["metadata"]["labels"]
    assert labels["eks.amazonaws.com/compute-type"] == "hybrid"
    assert labels["node.kubernetes.io/instance-type"] == "dgx-h100"
    assert ZONE_LABEL not in labels
    assert first["spec"]["providerID"] == "eks-hybrid:///dgx-01"
    capacity = first["status"]["capacity"]
    assert (capacity["cpu"], capacity["nvidia.com/gpu"], capacity["pods"]) == ("224", "8", "110")


def test_shares_of_gpus_stand_in_place_of_whole_ones(account: Account, instance: dict[str, Any]) -> None:
    changed = document(instance["InstanceId"])
    changed["groups"]["dgx-train"]["mig_layout"] = "all-1g.10gb.me"
    node, _ = node_manifests(gpu_hosts(account, changed)[0])
    allocatable = node["status"]["allocatable"]
    assert (allocatable["nvidia.com/gpu"], allocatable["nvidia.com/mig-1g.10gb.me"]) == ("0", "8")


def test_a_dgx_is_a_kind_of_node_that_pods_may_land_on(account: Account, instance: dict[str, Any]) -> None:
    kinds = node_kinds(gpu_hosts(account, document(instance["InstanceId"])))
    assert [(kind.machines, kind.instance_type) for kind in kinds] == [
        ("dgx-train", "dgx-h100"),
        ("host-a10g", "g5.48xlarge"),
    ]


@pytest.mark.parametrize("nothing", [None, "[unknown]"])
def test_without_an_export_there_are_none(nothing: object, account: Account) -> None:
    assert gpu_hosts(account, nothing) == []
