"""Roles, their permissions, and the bucket of models, as they keep every policy."""

from __future__ import annotations

from tests.policies.sample import UNKNOWN, Sample
from tests.policies.samples.network_access import (
    ACCOUNT,
    BUCKET,
    BUCKET_ARN,
    KEY,
    OIDC,
    REGION,
    ROLES,
    document,
    role,
    trust,
)

PERMISSIONS = [
    role(
        "role-of-cluster",
        trust("Service", "eks.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT}),
    ),
    role("role-of-nodes", trust("Service", "ec2.amazonaws.com")),
    role(
        "role-of-flow-log",
        trust(
            "Service",
            "vpc-flow-logs.amazonaws.com",
            ArnLike={"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
        ),
    ),
    role(
        "role-of-model",
        trust(
            "Service",
            "pods.eks.amazonaws.com",
            StringEquals={
                "aws:SourceAccount": ACCOUNT,
                "aws:RequestTag/kubernetes-namespace": "serving",
                "aws:RequestTag/kubernetes-service-account": "llama-8b",
            },
        ),
    ),
    role(
        "role-of-tests",
        trust(
            "Federated",
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}",
            "sts:AssumeRoleWithWebIdentity",
            StringEquals={
                f"{OIDC}:sub": "system:serviceaccount:serving:smoke-test",
                f"{OIDC}:aud": "sts.amazonaws.com",
            },
        ),
    ),
    role(
        "role-of-auditor",
        trust("AWS", "arn:aws:iam::444455556666:root", StringEquals={"sts:ExternalId": "audit-2026"}),
    ),
    Sample(
        "aws:iam/instanceProfile:InstanceProfile",
        "profile-of-nodes",
        {"name": "llm-platform-prod-nodes", "role": "llm-platform-prod-role-of-nodes"},
        refers={"role": ["role-of-nodes"]},
    ),
    Sample(
        "aws:iam/rolePolicy:RolePolicy",
        "permissions-of-model",
        {
            "role": "llm-platform-prod-role-of-model",
            "policy": document(
                {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET_ARN},
                {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{BUCKET_ARN}/llama-8b/*"]},
                {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": KEY,
                    "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
                },
            ),
        },
        refers={"role": ["role-of-model"], "policy": ["bucket-models"]},
    ),
    Sample(
        "aws:iam/policy:Policy",
        "permissions-of-scaling",
        {
            "name": "scaling-prod",
            "policy": document(
                {"Effect": "Allow", "Action": ["ec2:Describe*", "pricing:GetProducts"], "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Action": "ec2:TerminateInstances",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/llm-platform-prod": "owned"}},
                },
            ),
        },
        {"arn": f"arn:aws:iam::{ACCOUNT}:policy/scaling-prod"},
    ),
    Sample(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "attachment-of-nodes",
        {
            "role": "llm-platform-prod-role-of-nodes",
            "policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        },
        refers={"role": ["role-of-nodes"]},
    ),
]

STORAGE = [
    Sample(
        "aws:s3/bucket:Bucket",
        "bucket-models",
        {"bucket": BUCKET, "forceDestroy": False},
        {"id": BUCKET, "arn": BUCKET_ARN, "policy": UNKNOWN},
        protect=True,
    ),
    Sample(
        "aws:s3/bucketPolicy:BucketPolicy",
        "policy-of-bucket-models",
        {
            "bucket": BUCKET,
            "policy": document(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"{ROLES}-role-of-model"},
                    "Action": "s3:GetObject",
                    "Resource": f"{BUCKET_ARN}/llama-8b/*",
                },
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:ListBucket",
                    "Resource": BUCKET_ARN,
                    "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
                },
            ),
        },
        refers={"bucket": ["bucket-models"], "policy": ["bucket-models"]},
    ),
    Sample(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "access-block-of-bucket-models",
        {
            "bucket": BUCKET,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        refers={"bucket": ["bucket-models"]},
    ),
]

SAMPLES = [*PERMISSIONS, *STORAGE]
