"""SageMaker models, endpoint configurations and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.shapes import capitalised, existing, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_KEPT: Final = frozenset({"environment"})
_SPELT: Final = {
    "enableSsmAccess": "EnableSSMAccess",
    "memorySizeInMb": "MemorySizeInMB",
    "volumeSizeInGb": "VolumeSizeInGB",
    "includeInferenceResponseIns": "IncludeInferenceResponseIn",
    "s3DataSources": "S3DataSource",
    "routingConfigs": "RoutingConfig",
}
"""The API's names that differ from the provider's by more than the first letter."""
_SINGLE: Final = frozenset({"s3DataSources", "routingConfigs"})
"""What the provider has as a list of one, and the API as one object."""


@translates("aws:sagemaker/model:Model")
class Model(Emulated):
    """A model: container image, model data, role; its id is its name."""

    loses = {"enableNetworkIsolation": "moto always says false"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the model."""
        request = _request(
            inputs,
            ModelName="name",
            ExecutionRoleArn="executionRoleArn",
            PrimaryContainer="primaryContainer",
            Containers="containers",
            VpcConfig="vpcConfig",
            EnableNetworkIsolation="enableNetworkIsolation",
            InferenceExecutionConfig="inferenceExecutionConfig",
        )
        arn = aws.call("sagemaker", "create_model", **request, Tags=tag_list(inputs))["ModelArn"]
        return Created(inputs["name"], {"arn": arn, "name": inputs["name"], "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the model."""
        answer = existing(aws, "sagemaker", "describe_model", ModelName=resource.id)
        return answer and {
            "name": answer["ModelName"],
            "executionRoleArn": answer["ExecutionRoleArn"],
            **_seen(answer, resource, "primaryContainer", "containers", "vpcConfig", "enableNetworkIsolation"),
            "tagsAll": _tags(aws, answer["ModelArn"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the model."""
        aws.call("sagemaker", "delete_model", ModelName=resource.id)


@translates("aws:sagemaker/endpointConfiguration:EndpointConfiguration")
class EndpointConfiguration(Emulated):
    """Which model runs on what, and how it is invoked; its id is its name."""

    loses = {"executionRoleArn": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the configuration."""
        request = _request(
            inputs,
            EndpointConfigName="name",
            ProductionVariants="productionVariants",
            ShadowProductionVariants="shadowProductionVariants",
            AsyncInferenceConfig="asyncInferenceConfig",
            DataCaptureConfig="dataCaptureConfig",
            KmsKeyId="kmsKeyArn",
            ExecutionRoleArn="executionRoleArn",
        )
        for number, variant in enumerate(request["ProductionVariants"], start=1):
            variant.setdefault("VariantName", f"variant-{number}")
        _refuse_missing_models(aws, request)
        answer = aws.call("sagemaker", "create_endpoint_config", **request, Tags=tag_list(inputs))
        outputs = {"arn": answer["EndpointConfigArn"], "name": inputs["name"], "region": aws.region}
        return Created(inputs["name"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the configuration."""
        name = resource.id
        answer = existing(aws, "sagemaker", "describe_endpoint_config", EndpointConfigName=name)
        return answer and {
            "name": answer["EndpointConfigName"],
            "kmsKeyArn": answer.get("KmsKeyId"),
            "executionRoleArn": answer.get("ExecutionRoleArn"),
            **_seen(answer, resource, "productionVariants", "asyncInferenceConfig", "dataCaptureConfig"),
            "tagsAll": _tags(aws, answer["EndpointConfigArn"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the configuration."""
        aws.call("sagemaker", "delete_endpoint_config", EndpointConfigName=resource.id)


@translates("aws:sagemaker/endpoint:Endpoint")
class Endpoint(Emulated):
    """An endpoint; its id is its name."""

    loses = {"deploymentConfig": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the endpoint.

        Raises:
            NotEmulatedError: moto lacks its configuration; that the program has it is checked elsewhere.
        """
        request = _request(
            inputs,
            EndpointName="name",
            EndpointConfigName="endpointConfigName",
            DeploymentConfig="deploymentConfig",
        )
        aws.check("sagemaker", "create_endpoint", **request, Tags=tag_list(inputs))
        configuration = inputs["endpointConfigName"]
        if existing(aws, "sagemaker", "describe_endpoint_config", EndpointConfigName=configuration) is None:
            raise NotEmulatedError(f"its endpoint configuration {configuration} is not emulated")
        arn = aws.call("sagemaker", "create_endpoint", **request, Tags=tag_list(inputs))["EndpointArn"]
        return Created(inputs["name"], {"arn": arn, "name": inputs["name"], "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the endpoint."""
        answer = existing(aws, "sagemaker", "describe_endpoint", EndpointName=resource.id)
        return answer and {
            "name": answer["EndpointName"],
            "endpointConfigName": answer["EndpointConfigName"],
            "deploymentConfig": answer.get("LastDeploymentConfig"),
            "tagsAll": _tags(aws, answer["EndpointArn"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the endpoint."""
        aws.call("sagemaker", "delete_endpoint", EndpointName=resource.id)


def _request(inputs: Inputs, **parameters: str) -> dict[str, Any]:
    found = given(inputs, **parameters)
    return {name: capitalised(_unlisted(value), _KEPT, **_SPELT) for name, value in found.items()}


def _unlisted(value: Any) -> Any:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: _unlisted(item[0] if key in _SINGLE and item else item) for key, item in items}
    return [_unlisted(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: [_listed(item)] if key in _SINGLE else _listed(item) for key, item in items}
    return [_listed(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def _seen(answer: Mapping[str, Any], resource: Resource, *keys: str) -> dict[str, Any]:
    """Return those keys of a description that were asked for, in their shape."""
    inputs = resource.registration.inputs
    described = _listed(uncapitalised(answer, _KEPT, **_SPELT))
    return {key: shaped_like(inputs[key], described.get(key)) for key in keys if inputs.get(key) is not None}


def _refuse_missing_models(aws: Account, request: Mapping[str, Any]) -> None:
    for variant in request["ProductionVariants"]:
        name = variant.get("ModelName")
        if name and existing(aws, "sagemaker", "describe_model", ModelName=name) is None:
            message = f"Could not find model {name!r}."
            raise CloudError("sagemaker", "create_endpoint_config", "ValidationException", message)


def _tags(aws: Account, arn: str) -> dict[str, str]:
    return tag_map(aws.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"])
