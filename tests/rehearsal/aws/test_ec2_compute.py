"""EC2 capacity in the emulated account. Does not prove that AWS has a host or an instance to give."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.ec2_launch_template import launch_template_data
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, is_gone, translator
from tests.rehearsal.aws.network_pieces import security_group, subnet, vpc
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, record, round_trip

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
HOST = "aws:ec2/dedicatedHost:DedicatedHost"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"

VOLUME = {
    "deviceName": "/dev/xvda",
    "ebs": {
        "volumeSize": 100,
        "volumeType": "gp3",
        "encrypted": "true",
        "kmsKeyId": KEY,
        "deleteOnTermination": "true",
    },
}
TRAINING: dict[str, Any] = {
    "name": "training",
    "description": "Training nodes",
    "instanceType": "p5.48xlarge",
    "imageId": "ami-0123456789abcdef0",
    "ebsOptimized": "true",
    "userData": base64.b64encode(b"echo hello").decode(),
    "monitoring": {"enabled": True},
    "placement": {"groupName": "training"},
    "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
    "blockDeviceMappings": [VOLUME],
    "networkInterfaces": [
        {"deviceIndex": 0, "networkCardIndex": 0, "interfaceType": "efa", "securityGroups": ["sg-1"]},
        {"deviceIndex": 1, "networkCardIndex": 1, "interfaceType": "efa-only", "securityGroups": ["sg-1"]},
    ],
    "capacityReservationSpecification": {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    },
    "instanceMarketOptions": {"marketType": "capacity-block"},
    "tagsAll": TAGS,
}


def test_a_launch_template_goes_round(account: Account) -> None:
    made = round_trip(account, TEMPLATE, TRAINING)
    assert made.id.startswith("lt-")
    assert (made.outputs["latestVersion"], made.outputs["defaultVersion"]) == (1, 1)


def test_a_launch_templates_security_groups_go_round(account: Account) -> None:
    round_trip(account, TEMPLATE, {"name": "plain", "vpcSecurityGroupIds": ["sg-1", "sg-2"]})


def test_a_second_version_with_other_data_is_a_difference(account: Account) -> None:
    options = {"httpTokens": "required"}
    made = create(account, TEMPLATE, "drifted", name="drifted", metadataOptions=options)
    data = {"MetadataOptions": {"HttpTokens": "optional"}}
    account.call("ec2", "create_launch_template_version", LaunchTemplateId=made.id, LaunchTemplateData=data)
    assert differences(account, made) == {"metadataOptions.httpTokens": ("required", "optional")}
    delete(account, made)


def test_the_providers_words_become_the_apis() -> None:
    data = launch_template_data(
        {
            "name": "left out",
            "ebsOptimized": "false",
            "vpcSecurityGroupIds": ["sg-1"],
            "networkInterfaces": [{"securityGroups": ["sg-2"], "associatePublicIpAddress": "false"}],
            "tagSpecifications": [{"resourceType": "volume", "tags": {"b": "2", "a": "1"}}],
        }
    )
    assert data == {
        "EbsOptimized": False,
        "SecurityGroupIds": ["sg-1"],
        "NetworkInterfaces": [{"Groups": ["sg-2"], "AssociatePublicIpAddress": False}],
        "TagSpecifications": [
            {"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
        ],
    }


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("metadataOptions", {"httpTokens": "always"}, "HttpTokens is 'always'"),
        ("instanceType", "p9.huge", "InstanceType is 'p9.huge'"),
        ("ebsOptimized", "yes", "EbsOptimized"),
        ("metadata", {}, 'Unknown parameter in LaunchTemplateData: "Metadata"'),
    ],
)
def test_a_wrong_property_of_a_launch_template_is_refused(account: Account, key: str, value: Any, message: str) -> None:
    with pytest.raises(CloudError, match="ParamValidation") as refusal:
        create(account, TEMPLATE, "wrong", name="wrong", **{key: value})
    assert message in refusal.value.message


def test_a_placement_group_is_recorded_under_its_name(account: Account) -> None:
    inputs = {"name": "training", "strategy": "cluster", "tagsAll": TAGS}
    with account.seed("training"):
        made = record(account, "aws:ec2/placementGroup:PlacementGroup", inputs)
    assert made.id == "training"
    assert made.outputs["arn"] == "arn:aws:ec2:us-east-1:111122223333:placement-group/training"
    with account.seed("training"):
        assert record(account, "aws:ec2/placementGroup:PlacementGroup", inputs) == made


def test_a_wrong_placement_strategy_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="Strategy is 'clutser'"):
        record(account, "aws:ec2/placementGroup:PlacementGroup", {"name": "x", "strategy": "clutser"})


@pytest.mark.parametrize("what", [{"instanceType": "g4dn.metal"}, {"instanceFamily": "g5"}])
def test_a_dedicated_host_goes_round(account: Account, what: dict[str, str]) -> None:
    inputs = {"availabilityZone": "us-east-1a", "autoPlacement": "off", "hostRecovery": "on", **what}
    assert round_trip(account, HOST, {**inputs, "tagsAll": TAGS}).id.startswith("h-")


@pytest.fixture(scope="module")
def place(account: Account) -> dict[str, Resource]:
    network = vpc(account, "network")
    role = account.call("iam", "create_role", RoleName="host", AssumeRolePolicyDocument="{}")["Role"]
    within = {"name": "host", "role": role["RoleName"]}
    profile = create(account, "aws:iam/instanceProfile:InstanceProfile", "host", **within)
    host = create(account, HOST, "host", availabilityZone="us-east-1a", instanceType="g4dn.xlarge")
    return {
        "subnet": subnet(account, network, "room"),
        "group": security_group(account, network, "hosts"),
        "profile": profile,
        "host": host,
    }


def _instance(place: dict[str, Resource]) -> dict[str, Any]:
    return {
        "ami": "ami-0123456789abcdef0",
        "instanceType": "g4dn.xlarge",
        "subnetId": place["subnet"].id,
        "vpcSecurityGroupIds": [place["group"].id],
        "associatePublicIpAddress": False,
        "tenancy": "host",
        "hostId": place["host"].id,
        "iamInstanceProfile": place["profile"].id,
        "monitoring": True,
        "userData": "#!/bin/sh\necho hello",
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 200, "encrypted": True, "kmsKeyId": KEY},
        "tagsAll": TAGS,
    }


def test_an_instance_on_a_host_goes_round_and_leaves_nothing(account: Account, place: dict[str, Resource]) -> None:
    made = create(account, INSTANCE, "hosted", **_instance(place))
    assert_read_back(account, made)
    assert made.outputs["availabilityZone"] == "us-east-1a"
    assert made.outputs["privateIp"].startswith("10.0.0.")
    delete(account, made)
    assert is_gone(account, made)
    assert account.call("ec2", "describe_volumes")["Volumes"] == []
    assert account.call("ec2", "describe_network_interfaces")["NetworkInterfaces"] == []


def test_another_volume_size_is_a_difference(account: Account, place: dict[str, Resource]) -> None:
    made = create(account, INSTANCE, "grown", **_instance(place))
    found = account.call("ec2", "describe_volumes")["Volumes"][0]
    account.call("ec2", "modify_volume", VolumeId=found["VolumeId"], Size=300)
    seen = translator(INSTANCE).read(account, made) or {}
    assert seen["rootBlockDevice"] == {**made.outputs["rootBlockDevice"], "volumeSize": 300}
    delete(account, made)


def test_an_untranslated_property_of_an_instance_is_not_dropped_silently(account: Account) -> None:
    with pytest.raises(NotEmulatedError, match="an instance's hibernation are not translated"):
        create(account, INSTANCE, "sleeper", ami="ami-1", instanceType="m5.large", hibernation=True)


def test_only_moto_s_own_tags_are_left_out_of_a_template_s_tag_specifications(account: Account) -> None:
    asked = [{"resourceType": kind, "tags": {"part": kind}} for kind in ("instance", "volume")]
    made = create(account, TEMPLATE, "tagged", name="tagged", tagSpecifications=asked, tagsAll=TAGS)
    assert differences(account, made) == {}
    other = [{"resourceType": "instance", "tags": {"part": "other"}}, asked[1]]
    inputs = {"name": "tagged", "tagSpecifications": other}
    wrong = replace(made, registration=replace(made.registration, inputs=inputs))
    assert differences(account, wrong) == {"tagSpecifications[0].tags.part": ("other", "instance")}
    delete(account, made)


def test_a_root_volume_that_stays_is_no_difference_and_one_that_goes_is(account: Account) -> None:
    place = subnet(account, vpc(account, "disks"), "disks")
    root = {"volumeSize": 30, "volumeType": "gp3", "deleteOnTermination": False}
    asked = {"ami": "ami-0123456789abcdef0", "instanceType": "t3.micro", "subnetId": place.id}
    made = create(account, INSTANCE, "disk", **asked, rootBlockDevice=root)
    assert differences(account, made) == {}
    inputs = {**made.registration.inputs, "rootBlockDevice": {**root, "deleteOnTermination": True}}
    wrong = replace(made, registration=replace(made.registration, inputs=inputs))
    assert differences(account, wrong) == {"rootBlockDevice.deleteOnTermination": (True, False)}
    delete(account, made)
