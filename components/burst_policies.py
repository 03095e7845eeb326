"""What a SageMaker endpoint's role may do, and who may take it on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pulumi

IMAGE_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)[:@].+"
)
"""An image in ECR: SageMaker pulls from nowhere else."""


def image_repository_arn(image_uri: str) -> str:
    """Return the ARN of the ECR repository that an image comes from."""
    match = IMAGE_URI.fullmatch(image_uri)
    if match is None:
        raise ValueError(f"{image_uri} is no image in ECR with a tag or digest; SageMaker pulls from nowhere else")
    return f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"


def log_group_name(endpoint_name: str) -> str:
    """Return the log group that SageMaker has an endpoint's containers write to."""
    return f"/aws/sagemaker/Endpoints/{endpoint_name}"


def endpoint_trust(account_id: str) -> str:
    """Trust SageMaker acting for this account only."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
                }
            ],
        },
        sort_keys=True,
    )


def endpoint_permissions(
    *,
    endpoint_name: str,
    image_uri: str,
    model_bucket_arn: pulumi.Input[str],
    payload_bucket_arn: pulumi.Input[str],
    storage_key_arn: pulumi.Input[str],
    topic_arns: Sequence[pulumi.Input[str]],
    account_id: str,
    region: str,
) -> pulumi.Output[str]:
    """Let an endpoint pull its image, read its model, take and leave payloads, and write logs and metrics.

    The network interface actions are those of a model in a VPC; EC2 can't narrow its Describe calls.
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    ec2 = f"arn:aws:ec2:{region}:{account_id}"
    log_groups = f"arn:aws:logs:{region}:{account_id}:log-group:{log_group_name(endpoint_name)}"
    statements: list[dict[str, object]] = [
        {"Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": image_repository_arn(image_uri),
        },
        {"Action": ["s3:ListBucket"], "Resource": [model_bucket_arn, payload_bucket_arn]},
        {"Action": ["s3:GetObject"], "Resource": pulumi.Output.concat(model_bucket_arn, "/*")},
        {
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": pulumi.Output.concat(payload_bucket_arn, "/*"),
        },
        {"Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": storage_key_arn},
        {
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": [log_groups, f"{log_groups}:*"],
        },
        {
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": "*",
            "Condition": {"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
        },
        {
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            "Resource": [f"{ec2}:network-interface/*", f"{ec2}:security-group/*", f"{ec2}:subnet/*"],
        },
        {
            "Action": [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": "*",
        },
    ]
    if topic_arns:
        statements.append({"Action": ["sns:Publish"], "Resource": list(topic_arns)})
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", **statement} for statement in statements],
        },
        sort_keys=True,
    )
