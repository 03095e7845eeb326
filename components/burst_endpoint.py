"""The burst endpoint: a SageMaker endpoint for bursty work, which costs nothing while nobody asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, sagemaker, vpc

from components.backlog_scaling import BacklogScaling, BacklogScalingArgs
from components.burst_policies import endpoint_permissions, endpoint_trust, log_group_name
from components.topic import Topic, TopicArgs

VARIANT = "primary"
ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, kw_only=True)
class BurstEndpointArgs:
    """What `BurstEndpoint` needs."""

    model_name: str
    """End of the endpoint's name, `<name>-<model_name>`."""
    mode: Literal["asynchronous", "serverless"]
    """Asynchronous: GPU instances, scaled to zero, requests queue. Serverless: CPU, answers at once."""
    image_uri: str
    model_data_s3_uri: str
    """A `model.tar.gz`, or, asynchronous only, a prefix of plain files, which ends with a slash."""
    model_bucket_arn: pulumi.Input[str]
    payload_bucket_arn: pulumi.Input[str]
    """Where asynchronous requests are read from and answers are written to."""
    output_s3_uri: pulumi.Input[str]
    """Where in the payload bucket asynchronous answers go."""
    instance_type: str
    """Asynchronous only, such as `ml.g5.2xlarge`."""
    max_instances: int
    """Asynchronous only."""
    serverless_memory_mib: int
    """Serverless only: 1024 to 6144, in steps of 1024."""
    serverless_max_concurrency: int
    """Serverless only: 1 to 200."""
    storage_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    account_id: str
    region: str


class BurstEndpoint(pulumi.ComponentResource):
    """SageMaker model, endpoint configuration and endpoint, its role, and its scaling where it has instances.

    Model and configuration can't be changed, only replaced: they get names of the provider's making, so that
    the next one stands before the endpoint moves to it. The endpoint keeps its name.
    """

    endpoint_name: pulumi.Output[str]
    endpoint_arn: pulumi.Output[str]
    topic_arns: dict[str, pulumi.Output[str]]
    """Topics `success` and `error`, told of each asynchronous request; none in serverless mode."""

    def __init__(self, name: str, args: BurstEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:burst_endpoint:BurstEndpoint", name, None, opts)
        self._prefix = name
        self._args = args
        self._asynchronous = args.mode == "asynchronous"
        endpoint_name = f"{name}-{args.model_name}"
        if not ENDPOINT_NAME.fullmatch(endpoint_name):
            raise ValueError(f"{endpoint_name} is no SageMaker name: 63 letters, digits and inner hyphens")
        if args.model_data_s3_uri.endswith("/") and not self._asynchronous:
            raise ValueError(f"{args.model_data_s3_uri}: a serverless endpoint takes a model.tar.gz")

        outcomes = ("success", "error") if self._asynchronous else ()
        self.topic_arns = {
            outcome: Topic(
                f"{name}-{outcome}",
                TopicArgs(key_arn=args.storage_key_arn),
                pulumi.ResourceOptions(parent=self),
            ).arn
            for outcome in outcomes
        }
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=log_group_name(endpoint_name),
            kms_key_id=args.logs_key_arn,
            retention_in_days=args.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        model = self._model(endpoint_name)
        configuration = sagemaker.EndpointConfiguration(
            f"{name}-config",
            production_variants=[self._variant(model)],
            async_inference_config=self._async_inference() if self._asynchronous else None,
            # No volume key: instance types with local NVMe, as the GPU types, refuse one and encrypt by
            # themselves (API_CreateEndpointConfig, KmsKeyId).
            opts=pulumi.ResourceOptions(parent=self),
        )
        endpoint = sagemaker.Endpoint(
            f"{name}-endpoint",
            name=endpoint_name,
            endpoint_config_name=configuration.name,
            # SageMaker makes a group that is not there, which keeps for ever and has no key of ours.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log]),
        )
        if self._asynchronous:
            BacklogScaling(
                f"{name}-scaling",
                BacklogScalingArgs(
                    endpoint_name=endpoint.name,
                    variant_name=VARIANT,
                    max_instances=args.max_instances,
                    backlog_per_instance=5,
                ),
                pulumi.ResourceOptions(parent=self),
            )

        self.endpoint_name = endpoint.name
        self.endpoint_arn = endpoint.arn
        self.register_outputs(
            {
                "endpoint_name": self.endpoint_name,
                "endpoint_arn": self.endpoint_arn,
                "topic_arns": self.topic_arns,
            }
        )

    def _model(self, endpoint_name: str) -> sagemaker.Model:
        args = self._args
        role = iam.Role(
            f"{self._prefix}-role",
            description="The burst endpoint runs its model with it",
            assume_role_policy=endpoint_trust(args.account_id),
            opts=pulumi.ResourceOptions(parent=self),
        )
        ready: list[pulumi.Resource] = [
            iam.RolePolicy(
                f"{self._prefix}-run",
                role=role.name,
                policy=endpoint_permissions(
                    endpoint_name=endpoint_name,
                    image_uri=args.image_uri,
                    model_bucket_arn=args.model_bucket_arn,
                    payload_bucket_arn=args.payload_bucket_arn,
                    storage_key_arn=args.storage_key_arn,
                    topic_arns=list(self.topic_arns.values()),
                    account_id=args.account_id,
                    region=args.region,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]
        # Serverless endpoints take neither a VPC nor network isolation.
        placement = self._placement(ready) if self._asynchronous else None
        return sagemaker.Model(
            f"{self._prefix}-model",
            execution_role_arn=role.arn,
            primary_container=self._container(),
            vpc_config=placement,
            enable_network_isolation=self._asynchronous,
            # SageMaker tries role, image and model data while it creates the model.
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )

    def _container(self) -> sagemaker.ModelPrimaryContainerArgsDict:
        uri = self._args.model_data_s3_uri
        if not uri.endswith("/"):
            return {"image": self._args.image_uri, "model_data_url": uri}
        source: sagemaker.ModelPrimaryContainerModelDataSourceS3DataSourceArgsDict = {
            "s3_uri": uri,
            "s3_data_type": "S3Prefix",
            "compression_type": "None",
        }
        return {"image": self._args.image_uri, "model_data_source": {"s3_data_sources": [source]}}

    def _placement(self, ready: list[pulumi.Resource]) -> sagemaker.ModelVpcConfigArgsDict:
        security_group = ec2.SecurityGroup(
            f"{self._prefix}-sg",
            description="Burst endpoint: HTTPS out, nothing in",
            vpc_id=self._args.vpc_id,
            tags={"Name": f"{self._prefix}-sg"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        ready.append(
            vpc.SecurityGroupEgressRule(
                f"{self._prefix}-https",
                security_group_id=security_group.id,
                description="HTTPS to S3 and ECR, whose addresses are public",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4="0.0.0.0/0",
                opts=pulumi.ResourceOptions(parent=self),
            )
        )
        return {"security_group_ids": [security_group.id], "subnets": self._args.subnet_ids}

    def _variant(self, model: sagemaker.Model) -> sagemaker.EndpointConfigurationProductionVariantArgsDict:
        if self._asynchronous:
            return {
                "variant_name": VARIANT,
                "model_name": model.name,
                "instance_type": self._args.instance_type,
                "initial_instance_count": 1,  # the least SageMaker takes; scaling goes on to zero
            }
        return {
            "variant_name": VARIANT,
            "model_name": model.name,
            "serverless_config": {
                "memory_size_in_mb": self._args.serverless_memory_mib,
                "max_concurrency": self._args.serverless_max_concurrency,
            },
        }

    def _async_inference(self) -> sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict:
        return {
            "output_config": {
                "s3_output_path": self._args.output_s3_uri,
                "kms_key_id": self._args.storage_key_arn,
                "notification_config": {
                    "success_topic": self.topic_arns["success"],
                    "error_topic": self.topic_arns["error"],
                },
            }
        }
