"""What botocore's service models refuse. Does not prove that AWS refuses exactly the same."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws.service_model import request_faults

TRUST = '{"Version": "2012-10-17", "Statement": []}'


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "fault"),
    [
        (
            "ec2",
            "create_subnet",
            {"CidrBlock": "10.0.0.0/24"},
            "Missing required parameter",
        ),
        ("ec2", "create_vpc", {"CidrBlok": "10.0.0.0/16"}, 'Unknown parameter in input: "CidrBlok"'),
        ("ec2", "create_vpc", {"CidrBlock": 10}, "Invalid type for parameter CidrBlock"),
        (
            "ec2",
            "run_instances",
            {"MinCount": 1, "MaxCount": 1, "InstanceType": "p9.huge"},
            "p9.huge",
        ),
        (
            "eks",
            "create_nodegroup",
            {"capacityType": "SPOTTY"},
            "capacityType is 'SPOTTY'; it must be one of",
        ),
        ("iam", "create_role", {"RoleName": "a b"}, r"RoleName is 'a b'; it must match [\w+=,.@-]+"),
        ("iam", "create_role", {"RoleName": "r" * 65}, "RoleName has length 65; at most 64 is allowed"),
        ("iam", "create_role", {"MaxSessionDuration": 43201}, "MaxSessionDuration is 43201; at most 43200"),
        ("iam", "create_role", {"MaxSessionDuration": 60}, "valid min value: 3600"),
        ("iam", "create_role", {"Tags": [{"Key": "team", "Value": "a!"}]}, "Tags[0].Value is 'a!'"),
        ("kms", "create_key", {"KeySpec": "AES_512"}, "KeySpec is 'AES_512'; it must be one of"),
        ("kms", "schedule_key_deletion", {"PendingWindowInDays": 366}, "PendingWindowInDays is 366"),
        ("logs", "create_log_group", {"logGroupName": "a b"}, "logGroupName is 'a b'; it must match"),
        ("sagemaker", "create_endpoint", {"EndpointName": "under_score"}, "EndpointName is 'under_score'"),
        ("s3", "put_bucket_versioning", {"VersioningConfiguration": {"Status": "ZZ"}}, "Status is 'ZZ'"),
    ],
)
def test_a_fault_is_named(service: str, operation: str, parameters: dict[str, Any], fault: str) -> None:
    complete = {
        ("eks", "create_nodegroup"): {
            "clusterName": "c",
            "nodegroupName": "n",
            "subnets": [],
            "nodeRole": "r",
        },
        ("iam", "create_role"): {"RoleName": "r", "AssumeRolePolicyDocument": TRUST},
        ("kms", "schedule_key_deletion"): {"KeyId": "k"},
        ("sagemaker", "create_endpoint"): {"EndpointConfigName": "c"},
        ("s3", "put_bucket_versioning"): {"Bucket": "b"},
    }.get((service, operation), {})
    faults = request_faults(service, operation, {**complete, **parameters})
    assert [text for text in faults if fault in text], faults


def test_all_faults_of_a_request_are_named_at_once() -> None:
    parameters = {"RoleName": "a b", "AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 43201}
    assert len(request_faults("iam", "create_role", parameters)) == 2


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Path": "/teams/ml/"}),
        (
            "iam",
            "create_role",
            {
                "RoleName": "r",
                "AssumeRolePolicyDocument": TRUST,
                "Tags": [{"Key": "équipe:a/b", "Value": "Modèles + 2 @ home"}],
            },
        ),
        ("logs", "create_log_group", {"logGroupName": "/aws/eks/dev/cluster", "tags": {"a:b": "c d"}}),
        ("ec2", "describe_vpcs", {}),
    ],
)
def test_what_aws_takes_has_no_fault(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert request_faults(service, operation, parameters) == []


def test_a_sensitive_value_is_not_shown() -> None:
    parameters = {"clusterName": "c", "token": "not a token"}
    (fault,) = request_faults("eks-auth", "assume_role_for_pod_identity", parameters)
    assert "not a token" not in fault
    assert "(sensitive)" in fault


def test_an_unknown_operation_is_a_mistake_of_ours() -> None:
    with pytest.raises(AttributeError, match="ec2 has no operation create_vpcs"):
        request_faults("ec2", "create_vpcs", {})
