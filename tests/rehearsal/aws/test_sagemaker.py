"""SageMaker in the emulated account. Does not prove that an endpoint would come into service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, round_trip

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"


@pytest.fixture
def model(account: Account) -> Iterator[Resource]:
    made = create(
        account,
        MODEL,
        "burst",
        name="burst",
        executionRoleArn="arn:aws:iam::111122223333:role/burst",
        primaryContainer={
            "image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/vllm:1",
            "environment": {"modelId": "mistral"},
            "modelDataSource": {
                "s3DataSources": [
                    {"s3Uri": "s3://models/mistral/", "s3DataType": "S3Prefix", "compressionType": "None"}
                ]
            },
        },
        vpcConfig={"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        enableNetworkIsolation=False,
        tagsAll=TAGS,
    )
    yield made
    delete(account, made)


def asynchronous(instance_type: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "burst",
        "productionVariants": [
            {
                "variantName": "all",
                "modelName": "burst",
                "instanceType": instance_type,
                "initialInstanceCount": 1,
                "volumeSizeInGb": 64,
                **more,
            }
        ],
        "asyncInferenceConfig": {
            "outputConfig": {"s3OutputPath": "s3://prompts/out", "kmsKeyId": "alias/storage"},
            "clientConfig": {"maxConcurrentInvocationsPerInstance": 4},
        },
        "kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1",
        "tagsAll": TAGS,
    }


def test_a_model_reads_back(account: Account, model: Resource) -> None:
    assert_read_back(account, model)
    assert model.outputs["arn"] == "arn:aws:sagemaker:us-east-1:111122223333:model/burst"


@pytest.mark.usefixtures("model")
def test_an_asynchronous_configuration_and_its_endpoint_go_round(account: Account) -> None:
    configuration = create(account, CONFIGURATION, "burst", **asynchronous("ml.g4dn.xlarge"))
    assert_read_back(account, configuration)
    inputs = {"name": "burst", "endpointConfigName": configuration.id, "tagsAll": TAGS}
    endpoint = round_trip(account, ENDPOINT, inputs)
    assert endpoint.outputs["arn"] == "arn:aws:sagemaker:us-east-1:111122223333:endpoint/burst"
    delete(account, configuration)


@pytest.mark.usefixtures("model")
def test_a_serverless_configuration_goes_round(account: Account) -> None:
    variant = {
        "variantName": "all",
        "modelName": "burst",
        "serverlessConfig": {"maxConcurrency": 4, "memorySizeInMb": 4096},
    }
    round_trip(account, CONFIGURATION, {"name": "serverless", "productionVariants": [variant]})


@pytest.mark.usefixtures("model")
def test_an_instance_type_newer_than_the_emulators_list_is_not_a_fault(account: Account) -> None:
    with pytest.raises(NotEmulatedError, match=r"ml\.g5\.2xlarge"):
        create(account, CONFIGURATION, "burst", **asynchronous("ml.g5.2xlarge"))
    with pytest.raises(NotEmulatedError, match="endpoint configuration burst"):
        create(account, ENDPOINT, "burst", name="burst", endpointConfigName="burst")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("inputs", "match"),
    [
        (asynchronous("ml.g9000.large"), r"ml\.g9000\.large"),
        (asynchronous("ml.g5.2xlarge", modelName="nobody"), "Could not find model 'nobody'"),
    ],
)
def test_a_bad_configuration_is_refused(account: Account, inputs: dict[str, Any], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        create(account, CONFIGURATION, "bad", **inputs)
