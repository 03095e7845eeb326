"""The provider's functions. Does not prove that a real account would answer with the same values."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.invokes import INVOKES

VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"


@pytest.fixture(scope="module", autouse=True)
def _adopted(account: Account) -> None:
    account.place_vpc(VPC, "10.20.0.0/16")
    account.place_subnet(SUBNET, VPC, "10.20.1.0/24", "us-east-1b")


def answer(account: Account, token: str, **arguments: Any) -> dict[str, Any]:
    return INVOKES[token](account, arguments)


@pytest.mark.parametrize("arguments", [{"id": VPC}, {"cidrBlock": "10.20.0.0/16"}])
def test_a_vpc_is_found(account: Account, arguments: dict[str, Any]) -> None:
    found = answer(account, "aws:ec2/getVpc:getVpc", **arguments)
    assert (found["id"], found["cidrBlock"], found["default"]) == (VPC, "10.20.0.0/16", False)
    assert (found["enableDnsSupport"], found["enableDnsHostnames"]) == (True, False)
    assert found["mainRouteTableId"].startswith("rtb-")


def test_the_default_vpc_is_found(account: Account) -> None:
    assert answer(account, "aws:ec2/getVpc:getVpc", default=True)["cidrBlock"] == "172.31.0.0/16"


def test_a_missing_vpc_is_named(account: Account) -> None:
    with pytest.raises(CloudError, match="vpc-0fffffffffffffff0"):
        answer(account, "aws:ec2/getVpc:getVpc", id="vpc-0fffffffffffffff0")


@pytest.mark.parametrize(
    "arguments",
    [
        {"id": SUBNET},
        {"vpcId": VPC},
        {"filters": [{"name": "vpc-id", "values": [VPC]}], "availabilityZone": "us-east-1b"},
    ],
)
def test_a_subnet_is_found(account: Account, arguments: dict[str, Any]) -> None:
    found = answer(account, "aws:ec2/getSubnet:getSubnet", **arguments)
    assert (found["id"], found["vpcId"], found["availabilityZone"]) == (SUBNET, VPC, "us-east-1b")
    assert found["cidrBlock"] == "10.20.1.0/24"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vpcId": VPC, "availabilityZone": "us-east-1c"}, "no matching EC2 Subnet found"),
        ({}, "multiple EC2 Subnets matched"),
    ],
)
def test_a_subnet_must_be_the_only_one(account: Account, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CloudError, match=message):
        answer(account, "aws:ec2/getSubnet:getSubnet", **arguments)


def test_a_parameter_is_read(account: Account) -> None:
    account.call("ssm", "put_parameter", Name="/llm-platform/dev/vpc_id", Type="String", Value=VPC)
    found = answer(account, "aws:ssm/getParameter:getParameter", name="/llm-platform/dev/vpc_id")
    assert (found["value"], found["type"], found["version"]) == (VPC, "String", 1)
    assert found["arn"] == "arn:aws:ssm:us-east-1:111122223333:parameter/llm-platform/dev/vpc_id"


def test_a_public_image_that_moto_lists_is_not_invented(account: Account) -> None:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    found = answer(account, "aws:ssm/getParameter:getParameter", name=name)
    assert re.fullmatch(r"ami-[0-9a-f]{17}", found["value"])
    assert name not in account.inventions


def test_a_public_image_that_moto_lacks_is_invented_and_noted(account: Account) -> None:
    name = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/nvidia/recommended/image_id"
    found = answer(account, "aws:ssm/getParameter:getParameter", name=name)
    assert found["value"] == "ami-da50a6d0957e10ef6"
    assert account.inventions[name] == found["value"]


@pytest.mark.parametrize("name", ["/llm-platform/dev/nothing", "/aws/service/eks/recommended/release_version"])
def test_a_missing_parameter_is_refused(account: Account, name: str) -> None:
    with pytest.raises(CloudError, match="ParameterNotFound"):
        answer(account, "aws:ssm/getParameter:getParameter", name=name)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", '{"version": 4}'), ("text/plain", '{"version": 4}'), ("binary/octet-stream", "")],
)
def test_an_object_has_a_body_where_it_is_text(account: Account, content_type: str, body: str) -> None:
    account.call("s3", "create_bucket", Bucket="terraform-state")
    state = {"Bucket": "terraform-state", "Key": "network.tfstate", "ContentType": content_type}
    account.call("s3", "put_object", Body=b'{"version": 4}', **state)
    found = answer(account, "aws:s3/getObject:getObject", bucket="terraform-state", key="network.tfstate")
    assert (found["body"], found["contentType"], found["contentLength"]) == (body, content_type, 14)


def test_a_missing_object_is_refused(account: Account) -> None:
    account.call("s3", "create_bucket", Bucket="terraform-state")
    with pytest.raises(CloudError, match="NoSuchKey"):
        answer(account, "aws:s3/getObject:getObject", bucket="terraform-state", key="nothing")


def test_the_account_says_who_and_where_it_is(account: Account) -> None:
    who = answer(account, "aws:index/getCallerIdentity:getCallerIdentity")
    assert who["accountId"] == "111122223333"
    assert answer(account, "aws:index/getRegion:getRegion")["region"] == "us-east-1"
    assert answer(account, "aws:index/getPartition:getPartition")["partition"] == "aws"


def test_zones_can_be_left_out(account: Account) -> None:
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"
    every = answer(account, token)["names"]
    assert every[:2] == ["us-east-1a", "us-east-1b"]
    assert answer(account, token, excludeNames=["us-east-1a"])["names"] == every[1:]
