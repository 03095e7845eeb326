"""Dedicated hosts and their instances. Does not prove that EC2 has hosts to give."""

from __future__ import annotations

from typing import Any

import pytest

from components.dedicated_hosts import DedicatedHosts, DedicatedHostsArgs
from tests.components.recorder import Recording, record

HOST = "aws:ec2/dedicatedHost:DedicatedHost"
INSTANCE = "aws:ec2/instance:Instance"


def build(*, preview: bool = False, **changes: Any) -> Recording:
    settings: dict[str, Any] = {
        "instance_type": "g5.xlarge",
        "gpu_model": "NVIDIA A10G",
        "zone": "us-east-1a",
        "vpc_id": "vpc-1",
        "subnet_id": "subnet-a",
        "hosts": 2,
        "instances_per_host": 2,
        "auto_placement": False,
        "host_recovery": True,
        "ami_id": "ami-1",
        "root_volume_gib": 200,
        "volumes_key_arn": "arn:volumes",
        "environment": "prod",
    }

    def program() -> None:
        DedicatedHosts("render", DedicatedHostsArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("auto_placement", [False, True])
def test_children(auto_placement: bool, preview: bool):
    assert build(preview=preview, auto_placement=auto_placement).children() == {
        ("llm-platform:dedicated_hosts:DedicatedHosts", "render"),
        ("aws:ec2/securityGroup:SecurityGroup", "render-group"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "render-egress"),
        ("aws:iam/role:Role", "render-role"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "render-AmazonSSMManagedInstanceCore"),
        ("aws:iam/instanceProfile:InstanceProfile", "render-profile"),
        (HOST, "render-host-0"),
        (HOST, "render-host-1"),
        (INSTANCE, "render-instance-0-0"),
        (INSTANCE, "render-instance-0-1"),
        (INSTANCE, "render-instance-1-0"),
        (INSTANCE, "render-instance-1-1"),
    }


def test_host_inputs():
    assert build().one("render-host-1").inputs == {
        "autoPlacement": "off",
        "availabilityZone": "us-east-1a",
        "hostRecovery": "on",
        "instanceType": "g5.xlarge",
        "tags": {"Name": "render-host-1"},
    }


def test_instance_inputs():
    instance = build().one("render-instance-1-0")
    assert instance.inputs == {
        "ami": "ami-1",
        "associatePublicIpAddress": False,
        "hostId": "render-host-1-id",
        "iamInstanceProfile": "render-profile",
        "instanceType": "g5.xlarge",
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        "monitoring": True,
        "rootBlockDevice": {
            "deleteOnTermination": True,
            "encrypted": True,
            "kmsKeyId": "arn:volumes",
            "volumeSize": 200,
            "volumeType": "gp3",
        },
        "subnetId": "subnet-a",
        "tags": {
            "Name": "render-1-0",
            "llm-platform:environment": "prod",
            "llm-platform:gpu": "NVIDIA-A10G",
            "llm-platform:inventory-group": "dedicated_hosts",
        },
        "tenancy": "host",
        "vpcSecurityGroupIds": ["render-group-id"],
    }
    assert instance.ignore_changes == ("ami", "hostId")


def test_with_auto_placement_ec2_chooses_among_hosts_that_are_there():
    instance = build(auto_placement=True).one("render-instance-0-0")
    assert "hostId" not in instance.inputs
    assert {"render-host-0", "render-host-1"} <= set(instance.dependencies)


def test_nothing_comes_in():
    recording = build()
    assert recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []
    assert recording.one("render-egress").inputs["cidrIpv4"] == "0.0.0.0/0"


@pytest.mark.parametrize("changes", [{"hosts": 0}, {"instances_per_host": 0}])
def test_an_empty_group_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValueError, match="needs at least one of both"):
        build(**changes)
