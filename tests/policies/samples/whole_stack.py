"""What is left that keeps every policy: aliases, endpoints of SageMaker, references to other stacks, permissions."""

from __future__ import annotations

from typing import Any

from tests.policies.sample import TAGS, Sample
from tests.policies.samples.network_access import ACCOUNT, BUCKET_ARN, KEY, REGION, ROLES, document, trust

ENDPOINT = "llm-platform-prod-embedder"


def allow(actions: str | list[str], resources: str | list[str], **conditions: Any) -> dict[str, Any]:
    """Return a statement that allows something."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": conditions} if conditions else statement


SAMPLES = [
    Sample(
        "aws:kms/alias:Alias",
        "alias-of-storage",
        {"name": "alias/llm-platform-prod/storage", "targetKeyId": KEY.rpartition("/")[2]},
        {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/llm-platform-prod/storage", "targetKeyArn": KEY},
        refers={"targetKeyId": ["key-storage"]},
    ),
    Sample("pulumi:pulumi:StackReference", "shared-network", {"name": "acme/network/prod"}),
    Sample(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "embedder-machines",
        {
            "name": ENDPOINT,
            "kmsKeyArn": KEY,
            "productionVariants": [
                {
                    "variantName": "primary",
                    "modelName": ENDPOINT,
                    "instanceType": "ml.g5.2xlarge",
                    "initialInstanceCount": 1,
                }
            ],
        },
        {"arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/{ENDPOINT}"},
        refers={"kmsKeyArn": ["key-storage"]},
    ),
    Sample(
        "aws:sagemaker/endpoint:Endpoint",
        "embedder",
        {"name": ENDPOINT, "endpointConfigName": ENDPOINT},
        {"arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{ENDPOINT}"},
        refers={"endpointConfigName": ["embedder-machines"]},
    ),
    Sample(
        "aws:appautoscaling/target:Target",
        "embedder-scaling",
        {
            "serviceNamespace": "sagemaker",
            "resourceId": f"endpoint/{ENDPOINT}/variant/primary",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "minCapacity": 1,
            "maxCapacity": 4,
        },
        refers={"resourceId": ["embedder"]},
    ),
    Sample(
        "aws:autoscaling/group:Group",
        "relays",
        {
            "name": "relays-0a1b2c3",
            "minSize": 1,
            "maxSize": 2,
            "vpcZoneIdentifiers": ["subnet-private", "subnet-private-b"],
            "tags": [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()],
        },
        refers={"vpcZoneIdentifiers": ["subnet-private", "subnet-private-b"]},
    ),
    Sample(
        "aws:iam/role:Role",
        "role-of-batch",
        {
            "name": "role-of-batch-0a1b2c3",
            "assumeRolePolicy": document(
                trust(
                    "Service",
                    "pods.eks.amazonaws.com",
                    StringEquals={
                        "aws:SourceAccount": ACCOUNT,
                        "aws:RequestTag/kubernetes-namespace": "training",
                        "aws:RequestTag/kubernetes-service-account": "batch",
                    },
                )
            ),
            "inlinePolicies": [
                {
                    "name": "secrets",
                    "policy": document(
                        allow(
                            "secretsmanager:GetSecretValue",
                            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:llm-platform/prod/*",
                        )
                    ),
                }
            ],
        },
        {"arn": f"arn:aws:iam::{ACCOUNT}:role/role-of-batch-0a1b2c3"},
    ),
    Sample(
        "aws:iam/rolePolicy:RolePolicy",
        "permissions-of-batch",
        {
            "name": "permissions-of-batch-0a1b2c3",
            "role": "role-of-batch-0a1b2c3",
            "policy": document(
                allow(["s3:GetObject", "s3:PutObject"], [f"{BUCKET_ARN}/batch/*"]),
                allow(
                    "ssm:GetParameter",
                    [
                        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/llm-platform/prod/*",
                        f"arn:aws:ssm:{REGION}::parameter/aws/service/*",
                    ],
                ),
                allow(
                    "dynamodb:GetItem",
                    f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*",
                    StringEquals={"aws:ResourceTag/llm-platform:environment": "prod"},
                ),
                allow("ec2:Describe*", "*"),
                {
                    "Effect": "Deny",
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
        },
        refers={"role": ["role-of-batch"], "policy": ["bucket-models"]},
    ),
    Sample(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "attachment-of-batch",
        {"role": "role-of-batch-0a1b2c3", "policyArn": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"},
        refers={"role": ["role-of-batch"]},
    ),
    Sample(
        "aws:ec2/securityGroup:SecurityGroup",
        "group-of-batch",
        {"description": "Batch: TLS from the VPC", "vpcId": "vpc-1"},
        {"id": "sg-batch"},
        refers={"vpcId": ["vpc"]},
    ),
    Sample(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "rule-of-batch",
        {
            "securityGroupId": "sg-batch",
            "description": "TLS from the VPC",
            "type": "ingress",
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["10.40.0.0/16"],
        },
        refers={"securityGroupId": ["group-of-batch"]},
    ),
    Sample(
        "aws:kms/grant:Grant",
        "grant-of-batch",
        {"keyId": KEY, "granteePrincipal": f"{ROLES}-role-of-model", "operations": ["Decrypt"]},
        refers={"keyId": ["key-storage"]},
    ),
]
