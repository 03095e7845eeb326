"""The emulated account. Does not prove that moto answers as AWS does, only what we make of its answers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.shapes import existing


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Account("333344445555", "us-east-1") as running:
        yield running


def test_requests_land_in_the_stacks_own_account(account: Account) -> None:
    assert account.call("sts", "get_caller_identity")["Account"] == "333344445555"
    role = account.call("iam", "create_role", RoleName="owner", AssumeRolePolicyDocument="{}")["Role"]
    assert role["Arn"] == "arn:aws:iam::333344445555:role/owner"
    assert account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["OwnerId"] == "333344445555"


def test_aws_managed_policies_stand_in_the_account(account: Account) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    assert account.call("iam", "get_policy", PolicyArn=arn)["Policy"]["Arn"] == arn


def test_a_refusal_keeps_its_code(account: Account) -> None:
    with pytest.raises(CloudError, match=r"^ec2:describe_vpcs: InvalidVpcID.NotFound: ") as refusal:
        account.call("ec2", "describe_vpcs", VpcIds=["vpc-1"])
    assert refusal.value.code == "InvalidVpcID.NotFound"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "reason"),
    [
        pytest.param(
            "ec2",
            "create_placement_group",
            {"GroupName": "training", "Strategy": "cluster"},
            "^moto does not implement ec2:create_placement_group$",
            id="NotImplementedError",
        ),
        pytest.param(
            "eks",
            "create_addon",
            {"clusterName": "none", "addonName": "vpc-cni"},
            "^moto does not implement eks:create_addon$",
            id="404",
        ),
        pytest.param(
            "ec2",
            "release_hosts",
            {"HostIds": ["h-0"]},
            r"^moto crashes in ec2:release_hosts \(KeyError: 'h-0'\)$",
            id="crash",
        ),
        pytest.param(
            "eks-auth",
            "assume_role_for_pod_identity",
            {"clusterName": "none", "token": "a.b.c"},
            r"^moto does not answer for eks-auth\.us-east-1\.api\.aws$",
            id="leaves the machine",
        ),
    ],
)
def test_what_moto_lacks_is_told_apart_from_a_refusal(
    account: Account, service: str, operation: str, parameters: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotEmulatedError, match=reason):
        account.call(service, operation, **parameters)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_bucket_metrics_configuration", {"Id": "x", "MetricsConfiguration": {"Id": "x"}}),
        ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
    ],
)
def test_what_s3_answers_without_storing_is_not_emulated(
    account: Account, operation: str, parameters: dict[str, Any]
) -> None:
    account.call("s3", "create_bucket", Bucket="silent-bucket")
    with pytest.raises(NotEmulatedError, match=f"^moto answers s3:{operation} but stores nothing$"):
        account.call("s3", operation, Bucket="silent-bucket", **parameters)
    account.call("s3", "delete_bucket", Bucket="silent-bucket")


def test_what_s3_stores_is_emulated(account: Account) -> None:
    account.call("s3", "create_bucket", Bucket="kept-bucket")
    enabled = {"Status": "Enabled"}
    account.call("s3", "put_bucket_versioning", Bucket="kept-bucket", VersioningConfiguration=enabled)
    assert account.call("s3", "get_bucket_versioning", Bucket="kept-bucket")["Status"] == "Enabled"


def test_a_request_is_checked_before_it_is_sent(account: Account) -> None:
    with pytest.raises(CloudError, match="Tenancy is 'shared'; it must be one of") as refusal:
        account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16", InstanceTenancy="shared")
    assert refusal.value.code == "ParamValidation"


def test_a_check_sends_nothing_and_needs_no_running_account() -> None:
    stopped = Account("111122223333", "us-east-1")
    stopped.check("ec2", "create_vpc", CidrBlock="10.0.0.0/16")
    with pytest.raises(CloudError, match="ParamValidation"):
        stopped.check("ec2", "create_vpc", CidrBlock=10)
    with pytest.raises(RuntimeError, match="not running"):
        stopped.call("ec2", "describe_vpcs")


def test_a_seed_leaves_the_programs_own_randomness_alone(account: Account) -> None:
    random.seed(7)
    expected = random.getrandbits(32)
    random.seed(7)
    with account.seed("anything"):
        random.getrandbits(32)
    assert random.getrandbits(32) == expected


def test_an_adopted_network_has_the_given_ids(account: Account) -> None:
    vpc_id, subnet_id = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
    account.place_vpc(vpc_id, "10.20.0.0/16")
    account.place_subnet(subnet_id, vpc_id, "10.20.1.0/24", "us-east-1b")
    subnet = account.call("ec2", "describe_subnets", SubnetIds=[subnet_id])["Subnets"][0]
    assert (subnet["VpcId"], subnet["CidrBlock"], subnet["AvailabilityZone"]) == (
        vpc_id,
        "10.20.1.0/24",
        "us-east-1b",
    )
    made = account.call("ec2", "create_security_group", GroupName="a", Description="a", VpcId=vpc_id)
    assert made["GroupId"].startswith("sg-")


def test_a_request_for_what_is_only_recorded_is_the_emulator_s_limit(account: Account) -> None:
    gone = {"RouteTableId": "rtb-recorded", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
    with pytest.raises(CloudError, match="NotFound"):
        account.call("ec2", "create_route", **gone)
    account.note_recorded("rtb-recorded", "a name")
    with pytest.raises(NotEmulatedError, match=r"^rtb-recorded is recorded, not emulated$"):
        account.call("ec2", "create_route", **gone)
    assert existing(account, "ec2", "describe_route_tables", RouteTableIds=["rtb-recorded"]) is None


def test_a_value_that_moto_s_list_lacks_and_botocore_s_has_is_the_emulator_s_limit(account: Account) -> None:
    scaled = {"ServiceNamespace": "elasticache", "ResourceId": "replication-group/it"}
    scaled["ScalableDimension"] = "elasticache:replication-group:Replicas"
    with pytest.raises(NotEmulatedError, match="moto's list of values is older"):
        account.call("application-autoscaling", "register_scalable_target", MinCapacity=0, MaxCapacity=1, **scaled)
