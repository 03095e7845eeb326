"""Statements of IAM: which reach another environment, and which stay in their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.policies.samples.network_access import ACCOUNT, BUCKET, KEY, REGION
from tests.policies.samples.whole_stack import allow

ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}".format
BUCKETS = "arn:aws:s3:::"
REACHING: Sequence[dict[str, Any]] = [
    # Names of another environment's are seen by references-stay-in-the-environment as well; these are patterns.
    allow("s3:GetObject", f"{BUCKETS}llm-platform-*"),
    allow("s3:GetObject", f"{BUCKETS}llm-platform-prod*-models/*") | {"Resource": f"{BUCKETS}llm-platform-*-models/*"},
    allow("s3:GetObject", f"{BUCKETS}*/batch/*"),
    allow("s3:GetObject", f"{BUCKETS}llm-platform-?rod-models-{ACCOUNT}-{REGION}/*"),
    allow("s3:GetObject", f"{BUCKETS}other-models/*"),
    allow("s3:ListBucket", f"{BUCKETS}*"),
    allow("kms:Decrypt", ARN("kms", "key/*")),
    allow("secretsmanager:GetSecretValue", ARN("secretsmanager", "secret:*")),
    allow("secretsmanager:GetSecretValue", ARN("secretsmanager", "secret:llm-platform/*")),
    allow("secretsmanager:GetSecretValue", ARN("secretsmanager", "secret:shared-??????")),
    allow("ssm:GetParameter", ARN("ssm", "parameter/*")),
    allow("ssm:GetParametersByPath", ARN("ssm", "parameter/llm-platform/*")),
    allow("dynamodb:Query", ARN("dynamodb", "table/*")),
    allow("dynamodb:Query", ARN("dynamodb", "table/*"), StringEquals={"aws:ResourceTag/llm-platform:team": "research"}),
    allow(
        "dynamodb:Query",
        ARN("dynamodb", "table/*"),
        StringEqualsIfExists={"aws:ResourceTag/llm-platform:environment": "prod"},
    ),
    allow(
        "dynamodb:Query",
        ARN("dynamodb", "table/*"),
        StringEquals={"aws:ResourceTag/llm-platform:environment": ["prod", "dev"]},
    ),
    allow("dynamodb:Query", ARN("dynamodb", "table/*"), StringLike={"aws:ResourceTag/llm-platform:environment": "*"}),
    allow(
        "dynamodb:Query",
        ARN("dynamodb", "table/*"),
        StringNotEquals={"aws:ResourceTag/llm-platform:environment": "dev"},
    ),
    allow("dynamodb:Query", ARN("dynamodb", "table/*"), StringEquals={"aws:ResourceAccount": ACCOUNT}),
    allow("ecr:BatchGetImage", ARN("ecr", "repository/*")),
    allow("ecr:BatchGetImage", ARN("ecr", "repository/llm-platform-*")),
    allow("logs:FilterLogEvents", ARN("logs", "log-group:*")),
    allow("rds-db:connect", ARN("rds-db", "dbuser:*/embedding")),
    allow("rds-data:ExecuteStatement", ARN("rds", "cluster:*")),
    allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/*"),
    allow("kms:Decrypt", "*", **{"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/llm-platform-*"}}),
]
REACHING_BY_WILDCARD: Sequence[dict[str, Any]] = [
    allow(["s3:Get*", "s3:List*"], f"{BUCKETS}*"),
    allow("kms:Decrypt", ARN("kms", "*"), StringEquals={"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
    allow("sqs:ReceiveMessage", ARN("sqs", "*")),
    {"Effect": "Allow", "NotAction": ["iam:*", "ec2:*"], "Resource": f"{BUCKETS}*"},
    {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKETS}{BUCKET}/*"},
]
"""No-wildcard-permissions reports these as well: they leave everything open, in every environment."""
SAFE: Sequence[dict[str, Any]] = [
    allow("s3:GetObject", f"{BUCKETS}llm-platform-prod-*/batch/*"),
    allow("kms:Decrypt", KEY),
    allow("secretsmanager:GetSecretValue", ARN("secretsmanager", "secret:llm-platform/prod/hugging-face-??????")),
    allow("ssm:GetParameter", ARN("ssm", "parameter/llm-platform/prod/*")),
    allow("dynamodb:Query", ARN("dynamodb", "table/llm-platform-prod-runs/index/*")),
    allow("logs:PutLogEvents", ARN("logs", "log-group:/aws/vpc/llm-platform-prod/flow-logs:*")),
    allow("ecr:BatchGetImage", ARN("ecr", "repository/llm-platform-prod/*")),
    allow("ecr:GetAuthorizationToken", "*"),
    allow(["ec2:Describe*", "logs:DescribeLogGroups"], "*"),
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    allow("s3:*", f"{BUCKETS}{BUCKET}/*"),
    allow("kms:Decrypt", "*", **{"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/llm-platform-prod/*"}}),
]

SAFE_BY_CONDITION: Sequence[dict[str, Any]] = [
    allow("dynamodb:*", "*", StringEquals={"aws:ResourceTag/llm-platform:environment": "prod"}),
    allow("dynamodb:*", "*", StringLike={"aws:ResourceTag/llm-platform:environment": ["prod"]}),
]
"""No-wildcard-permissions reports these: that they stay in the environment does not make them narrow."""
