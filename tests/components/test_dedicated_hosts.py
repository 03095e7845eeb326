"""Dedicated hosts and their instances. Does not prove that EC2 has hosts to give."""

from __future__ import annotations

import email
from typing import Any

import pytest
import yaml

from components.dedicated_hosts import DedicatedHosts, DedicatedHostsArgs
from components.node_config import JoinedCluster
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
        "cluster": JoinedCluster(
            name="llm-platform-prod",
            ownership_tag="kubernetes.io/cluster/llm-platform-prod",
            endpoint="https://cluster.example",
            certificate_authority_data="Y2E=",
            service_cidr="172.20.0.0/16",
            security_group_id="sg-cluster",
        ),
        "pool": "training",
        "max_pods": 250,
        "account_id": "111122223333",
        "region": "us-east-1",
        "cached_prefixes": ["k8s"],
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
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "render-AmazonEC2ContainerRegistryPullOnly"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "render-AmazonEKSWorkerNodePolicy"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "render-AmazonSSMManagedInstanceCore"),
        ("aws:iam/rolePolicy:RolePolicy", "render-pull-through"),
        ("aws:eks/accessEntry:AccessEntry", "render-access"),
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
    assert instance.inputs.pop("userData")
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
            "kubernetes.io/cluster/llm-platform-prod": "owned",
            "llm-platform:environment": "prod",
            "llm-platform:gpu": "NVIDIA-A10G",
            "llm-platform:host-group": "render",
            "llm-platform:inventory-group": "dedicated_hosts",
        },
        "tenancy": "host",
        "vpcSecurityGroupIds": ["render-group-id", "sg-cluster"],
    }


def test_neither_image_nor_host_nor_user_data_replaces_or_stops_a_machine():
    assert build().one("render-instance-1-0").ignore_changes == ("ami", "hostId", "userData")


def test_the_user_data_joins_with_the_labels_and_taints_of_any_node_with_gpus():
    message = email.message_from_string(build().one("render-instance-0-0").inputs["userData"])
    (part,) = [part for part in message.walk() if not part.is_multipart()]
    assert part.get_content_type() == "application/node.eks.aws"
    assert yaml.safe_load(str(part.get_payload())) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": "llm-platform-prod",
                "apiServerEndpoint": "https://cluster.example",
                "certificateAuthority": "Y2E=",
                "cidr": "172.20.0.0/16",
            },
            "kubelet": {
                "config": {"maxPods": 250},
                "flags": [
                    "--node-labels=llm-platform/capacity=dedicated-host,llm-platform/pool=training,"
                    "nvidia.com/gpu.present=true,nvidia.com/gpu.product=NVIDIA-A10G",
                    "--register-with-taints=nvidia.com/gpu=training:NoSchedule",
                ],
            },
        },
    }


def test_the_role_may_join_as_an_ec2_node_before_an_instance_does():
    recording = build()
    entry = recording.one("render-access")
    assert entry.inputs == {
        "clusterName": "llm-platform-prod",
        "principalArn": "arn:aws:mock:us-east-1:111122223333:render-role",
        "type": "EC2_LINUX",
    }
    needed = {"render-access", "render-pull-through", "render-AmazonEKSWorkerNodePolicy"}
    assert needed <= set(recording.one("render-instance-0-0").dependencies)


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
