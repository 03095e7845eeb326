"""The exact children of the burst endpoint in both of its modes, its scaling and its permissions.

Does not prove that a model loads or answers, nor that scaling leaves zero: no endpoint runs.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

import pytest

from components.burst_endpoint import BurstEndpoint, BurstEndpointArgs
from components.burst_policies import image_repository_arn
from tests.components.recorder import Recording, record

KEY = "arn:aws:kms:us-east-1:111122223333:key/storage"
LOGS_KEY = "arn:aws:kms:us-east-1:111122223333:key/logs"
ARGS = BurstEndpointArgs(
    model_name="llama",
    mode="asynchronous",
    image_uri="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.33.0-lmi15.0.0-cu128",
    model_data_s3_uri="s3://models/llama/",
    model_bucket_arn="arn:aws:s3:::models",
    payload_bucket_arn="arn:aws:s3:::prompts",
    output_s3_uri="s3://prompts/burst/",
    instance_type="ml.g5.2xlarge",
    max_instances=4,
    serverless_memory_mib=4096,
    serverless_max_concurrency=10,
    storage_key_arn=KEY,
    logs_key_arn=LOGS_KEY,
    log_retention_days=30,
    vpc_id="vpc-1",
    subnet_ids=("subnet-1", "subnet-2"),
    account_id="111122223333",
    region="us-east-1",
)
SERVERLESS = replace(ARGS, mode="serverless", model_data_s3_uri="s3://models/llama/model.tar.gz")
BOTH = {
    ("llm-platform:burst_endpoint:BurstEndpoint", "burst"),
    ("aws:cloudwatch/logGroup:LogGroup", "burst-log"),
    ("aws:iam/role:Role", "burst-role"),
    ("aws:iam/rolePolicy:RolePolicy", "burst-run"),
    ("aws:sagemaker/model:Model", "burst-model"),
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "burst-config"),
    ("aws:sagemaker/endpoint:Endpoint", "burst-endpoint"),
}
ASYNCHRONOUS = {
    ("llm-platform:topic:Topic", "burst-success"),
    ("aws:sns/topic:Topic", "burst-success"),
    ("aws:sns/topicPolicy:TopicPolicy", "burst-success"),
    ("llm-platform:topic:Topic", "burst-error"),
    ("aws:sns/topic:Topic", "burst-error"),
    ("aws:sns/topicPolicy:TopicPolicy", "burst-error"),
    ("aws:ec2/securityGroup:SecurityGroup", "burst-sg"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "burst-https"),
    ("llm-platform:backlog_scaling:BacklogScaling", "burst-scaling"),
    ("aws:appautoscaling/target:Target", "burst-scaling-target"),
    ("aws:appautoscaling/policy:Policy", "burst-scaling-backlog"),
    ("aws:appautoscaling/policy:Policy", "burst-scaling-leave-zero"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "burst-scaling-waiting"),
}


def recorded(args: BurstEndpointArgs = ARGS, *, preview: bool = False) -> Recording:
    return record(lambda: BurstEndpoint("burst", args) and None, preview=preview)


def permissions(recording: Recording) -> list[dict[str, Any]]:
    return json.loads(recording.one("burst-run").inputs["policy"])["Statement"]


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(("args", "children"), [(ARGS, BOTH | ASYNCHRONOUS), (SERVERLESS, BOTH)])
def test_an_endpoint_is_exactly_these_resources(
    args: BurstEndpointArgs, children: set[tuple[str, str]], preview: bool
) -> None:
    assert recorded(args, preview=preview).children() == children


def test_an_asynchronous_model_is_isolated_in_private_subnets() -> None:
    model = recorded().one("burst-model")
    assert model.inputs == {
        "executionRoleArn": "arn:aws:mock:us-east-1:111122223333:burst-role",
        "primaryContainer": {
            "image": ARGS.image_uri,
            "modelDataSource": {
                "s3DataSources": [{"s3Uri": "s3://models/llama/", "s3DataType": "S3Prefix", "compressionType": "None"}]
            },
        },
        "vpcConfig": {"securityGroupIds": ["burst-sg-id"], "subnets": ["subnet-1", "subnet-2"]},
        "enableNetworkIsolation": True,
    }
    assert {"burst-run", "burst-https"} <= set(model.dependencies)


def test_a_serverless_model_has_neither_vpc_nor_isolation_which_sagemaker_refuses() -> None:
    recording = recorded(SERVERLESS)
    assert recording.one("burst-model").inputs == {
        "executionRoleArn": "arn:aws:mock:us-east-1:111122223333:burst-role",
        "primaryContainer": {"image": ARGS.image_uri, "modelDataUrl": "s3://models/llama/model.tar.gz"},
        "enableNetworkIsolation": False,
    }
    assert recording.one("burst-config").inputs == {
        "productionVariants": [
            {
                "variantName": "primary",
                "modelName": "burst-model",
                "serverlessConfig": {"memorySizeInMb": 4096, "maxConcurrency": 10},
            }
        ]
    }


def test_its_log_group_is_there_before_sagemaker_would_make_one_that_keeps_for_ever() -> None:
    recording = recorded()
    assert recording.one("burst-log").inputs == {
        "name": "/aws/sagemaker/Endpoints/burst-llama",
        "kmsKeyId": LOGS_KEY,
        "retentionInDays": 30,
    }
    assert "burst-log" in recording.one("burst-endpoint").dependencies


def test_only_the_endpoint_has_a_name_of_ours() -> None:
    recording = recorded()
    assert recording.one("burst-endpoint").inputs == {
        "name": "burst-llama",
        "endpointConfigName": "burst-config",
    }
    assert "name" not in recording.one("burst-model").inputs
    assert "name" not in recording.one("burst-config").inputs


def test_the_asynchronous_configuration_encrypts_answers_and_has_no_volume_key() -> None:
    arn = "arn:aws:mock:us-east-1:111122223333"
    assert recorded().one("burst-config").inputs == {
        "productionVariants": [
            {
                "variantName": "primary",
                "modelName": "burst-model",
                "instanceType": "ml.g5.2xlarge",
                "initialInstanceCount": 1,
            }
        ],
        "asyncInferenceConfig": {
            "outputConfig": {
                "s3OutputPath": "s3://prompts/burst/",
                "kmsKeyId": KEY,
                "notificationConfig": {
                    "successTopic": f"{arn}:burst-success",
                    "errorTopic": f"{arn}:burst-error",
                },
            }
        },
    }


def test_scaling_goes_to_zero_and_leaves_it_at_the_first_request() -> None:
    recording = recorded()
    identity = {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/burst-llama/variant/primary",
    }
    assert recording.one("burst-scaling-target").inputs == {**identity, "minCapacity": 0, "maxCapacity": 4}
    backlog = recording.one("burst-scaling-backlog").inputs
    assert backlog.items() >= {**identity, "policyType": "TargetTrackingScaling"}.items()
    metric = backlog["targetTrackingScalingPolicyConfiguration"]["customizedMetricSpecification"]
    assert metric["metricName"] == "ApproximateBacklogSizePerInstance"
    assert metric["dimensions"] == [{"name": "EndpointName", "value": "burst-llama"}]
    leave = recording.one("burst-scaling-leave-zero").inputs
    assert leave.items() >= {**identity, "policyType": "StepScaling"}.items()
    assert leave["stepScalingPolicyConfiguration"]["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
    ]
    alarm = recording.one("burst-scaling-waiting").inputs
    assert alarm["metricName"] == "HasBacklogWithoutCapacity"
    assert alarm["dimensions"] == {"EndpointName": "burst-llama"}
    assert alarm["alarmActions"] == ["arn:aws:mock:us-east-1:111122223333:burst-scaling-leave-zero"]


def test_the_topics_are_encrypted_with_our_key_and_refuse_plain_http() -> None:
    recording = recorded()
    assert recording.one("burst-error", "aws:sns/topic:Topic").inputs == {"kmsMasterKeyId": KEY}
    policy = json.loads(recording.one("burst-error", "aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert policy["Statement"][0]["Effect"] == "Deny"
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("mode", ["asynchronous", "serverless"])
def test_permissions_name_no_wildcard_action_and_few_wildcard_resources(
    mode: Literal["asynchronous", "serverless"],
) -> None:
    statements = permissions(recorded(ARGS if mode == "asynchronous" else SERVERLESS))
    assert not [action for s in statements for action in s["Action"] if "*" in action]
    anywhere = {action for s in statements if s["Resource"] == "*" for action in s["Action"]}
    assert {action for action in anywhere if not action.startswith("ec2:Describe")} == {
        "ecr:GetAuthorizationToken",
        "cloudwatch:PutMetricData",
    }
    publish = [s["Resource"] for s in statements if s["Action"] == ["sns:Publish"]]
    assert len(publish) == (1 if mode == "asynchronous" else 0)


def test_the_role_is_sagemakers_for_this_account_only() -> None:
    (statement,) = json.loads(recorded().one("burst-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_the_image_is_pulled_from_its_own_repository() -> None:
    arn = "arn:aws:ecr:us-east-1:763104351884:repository/djl-inference"
    assert image_repository_arn(ARGS.image_uri) == arn
    assert arn in [statement["Resource"] for statement in permissions(recorded())]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (replace(ARGS, image_uri="docker.io/vllm/vllm-openai:v0.11"), "is no image in ECR"),
        (replace(ARGS, model_name="llama_3"), "burst-llama_3 is no SageMaker name"),
        (replace(ARGS, model_name="l" * 60), "is no SageMaker name: 63 letters"),
        (replace(SERVERLESS, model_data_s3_uri="s3://models/llama/"), "takes a model.tar.gz"),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(args: BurstEndpointArgs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recorded(args)
