"""The sweep of the emulated account. Does not prove that it knows every kind of thing AWS has."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws import inventory
from rehearsal.aws.account import Account
from rehearsal.aws.inventory import Standing

TRUST = '{"Version": "2012-10-17", "Statement": []}'


def test_a_fresh_account_has_nothing_left_over(account: Account) -> None:
    baseline = inventory.snapshot(account)
    assert {standing.type for standing in baseline} >= {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"}
    assert inventory.leftovers(account, baseline) == []


MADE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("aws:ec2/eip:Eip", "ec2", "allocate_address", {"Domain": "vpc"}),
    ("aws:ec2/internetGateway:InternetGateway", "ec2", "create_internet_gateway", {}),
    ("aws:ebs/volume:Volume", "ec2", "create_volume", {"AvailabilityZone": "us-east-1a", "Size": 8}),
    (
        "aws:ec2/instance:Instance",
        "ec2",
        "run_instances",
        {"ImageId": "ami-12345678", "InstanceType": "g5.xlarge", "MinCount": 1, "MaxCount": 1},
    ),
    (
        "aws:ec2/dedicatedHost:DedicatedHost",
        "ec2",
        "allocate_hosts",
        {"AvailabilityZone": "us-east-1a", "InstanceType": "g5.xlarge", "Quantity": 1},
    ),
    (
        "aws:ec2/launchTemplate:LaunchTemplate",
        "ec2",
        "create_launch_template",
        {"LaunchTemplateName": "lt", "LaunchTemplateData": {"InstanceType": "g5.xlarge"}},
    ),
    ("aws:s3/bucket:Bucket", "s3", "create_bucket", {"Bucket": "llm-platform-left"}),
    ("aws:sqs/queue:Queue", "sqs", "create_queue", {"QueueName": "left"}),
    ("aws:sns/topic:Topic", "sns", "create_topic", {"Name": "left"}),
    ("aws:cloudwatch/logGroup:LogGroup", "logs", "create_log_group", {"logGroupName": "left"}),
    (
        "aws:cloudwatch/eventRule:EventRule",
        "events",
        "put_rule",
        {"Name": "left", "ScheduleExpression": "rate(1 day)"},
    ),
    ("aws:iam/role:Role", "iam", "create_role", {"RoleName": "left", "AssumeRolePolicyDocument": TRUST}),
    (
        "aws:iam/instanceProfile:InstanceProfile",
        "iam",
        "create_instance_profile",
        {"InstanceProfileName": "left"},
    ),
    ("aws:kms/key:Key", "kms", "create_key", {}),
    ("aws:ecr/repository:Repository", "ecr", "create_repository", {"repositoryName": "left"}),
    ("aws:ssm/parameter:Parameter", "ssm", "put_parameter", {"Name": "left", "Type": "String", "Value": "1"}),
    (
        "aws:eks/cluster:Cluster",
        "eks",
        "create_cluster",
        {
            "name": "left",
            "roleArn": "arn:aws:iam::111122223333:role/left",
            "resourcesVpcConfig": {"subnetIds": ["subnet-1"]},
        },
    ),
    (
        "aws:rds/cluster:Cluster",
        "rds",
        "create_db_cluster",
        {
            "DBClusterIdentifier": "left",
            "Engine": "aurora-postgresql",
            "MasterUsername": "postgres",
            "ManageMasterUserPassword": True,
        },
    ),
    (
        "aws:rds/clusterInstance:ClusterInstance",
        "rds",
        "create_db_instance",
        {
            "DBInstanceIdentifier": "left",
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "owner",
            "ManageMasterUserPassword": True,
        },
    ),
    *(
        (f"aws:rds/{type_}", "rds", operation, {name: "left", "DBParameterGroupFamily": "f", "Description": "d"})
        for type_, operation, name in (
            (
                "clusterParameterGroup:ClusterParameterGroup",
                "create_db_cluster_parameter_group",
                "DBClusterParameterGroupName",
            ),
            ("parameterGroup:ParameterGroup", "create_db_parameter_group", "DBParameterGroupName"),
        )
    ),
    ("aws:secretsmanager/secret:Secret", "secretsmanager", "create_secret", {"Name": "left"}),
]


@pytest.mark.parametrize(("type_", "service", "operation", "parameters"), MADE, ids=[f"{s}-{o}" for _, s, o, _ in MADE])
def test_what_is_made_is_found(
    account: Account, type_: str, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    baseline = inventory.snapshot(account)
    account.call(service, operation, **parameters)
    assert type_ in {standing.type for standing in inventory.leftovers(account, baseline)}


def test_a_key_pending_deletion_is_not_left_over(account: Account) -> None:
    baseline = inventory.snapshot(account)
    key = account.call("kms", "create_key")["KeyMetadata"]["KeyId"]
    assert inventory.leftovers(account, baseline) == [Standing("aws:kms/key:Key", key)]
    account.call("kms", "schedule_key_deletion", KeyId=key, PendingWindowInDays=7)
    assert inventory.leftovers(account, baseline) == []


def test_a_terminated_instance_is_not_left_over(account: Account) -> None:
    baseline = inventory.snapshot(account)
    asked: dict[str, Any] = {
        "ImageId": "ami-12345678",
        "InstanceType": "g5.xlarge",
        "MinCount": 1,
        "MaxCount": 1,
    }
    made = account.call("ec2", "run_instances", **asked)["Instances"][0]["InstanceId"]
    assert Standing("aws:ec2/instance:Instance", made) in inventory.leftovers(account, baseline)
    account.call("ec2", "terminate_instances", InstanceIds=[made])
    assert inventory.leftovers(account, baseline) == []


def test_a_released_host_is_not_left_over(account: Account) -> None:
    baseline = inventory.snapshot(account)
    asked: dict[str, Any] = {"AvailabilityZone": "us-east-1a", "InstanceType": "g5.xlarge", "Quantity": 1}
    made = account.call("ec2", "allocate_hosts", **asked)["HostIds"][0]
    assert Standing("aws:ec2/dedicatedHost:DedicatedHost", made) in inventory.leftovers(account, baseline)
    account.call("ec2", "release_hosts", HostIds=[made])
    assert inventory.leftovers(account, baseline) == []


def test_every_page_is_read(account: Account) -> None:
    baseline = inventory.snapshot(account)
    for number in range(120):
        account.call("ssm", "put_parameter", Name=f"/page/{number}", Type="String", Value="1")
    assert len(inventory.leftovers(account, baseline)) == 120


def test_what_aws_itself_has_standing_is_nobody_s_leftover(account: Account) -> None:
    baseline = inventory.snapshot(account)
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    account.call("ssm", "get_parameter", Name=image)  # moto loads AWS's parameters now
    account.call("ec2", "create_volume", AvailabilityZone="us-east-1a", Size=1, Encrypted=True)  # and AWS's key
    assert {left.type for left in inventory.leftovers(account, baseline)} == {"aws:ebs/volume:Volume"}
