"""What breaks the policies that keep environments, and owners within one, apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.policies.breaking import ABSENT, Break, Mutation, With
from tests.policies.iam_statements import BUCKETS, REACHING, REACHING_BY_WILDCARD, SAFE, SAFE_BY_CONDITION
from tests.policies.sample import TAGS, UNKNOWN, Sample
from tests.policies.samples.network_access import ACCOUNT, BUCKET, REGION
from tests.policies.whole_pack import compliant

OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
RENAMED = ["buckets-demand-tls"]
"""The bucket's policy names the bucket as it was called."""
NAMED: Mapping[str, Sample] = {sample.name: sample for sample in compliant()}


def again(name: str, **changes: Any) -> With:
    """Return a second resource of a thing that a sample stands for already."""
    sample = NAMED[name]
    return With(replace(sample, name=f"{name}-again", inputs={**sample.inputs, **changes}))


def permissions(statements: Sequence[dict[str, Any]], *also: str) -> Break:
    """Put statements, one at a time, in place of the permissions of a sample."""
    return Break(
        "permissions-of-batch",
        "policy",
        [json.dumps({"Version": "2012-10-17", "Statement": each}) for each in statements],
        also,
    )


TWICE = (
    "bucket-models",
    "policy-of-bucket-models",
    "access-block-of-bucket-models",
    "encryption-of-models",
    "versioning-of-models",
    "lifecycle-of-models",
    "role-of-model",
    "profile-of-nodes",
    "permissions-of-batch",
    "permissions-of-scaling",
    "attachment-of-nodes",
    "identities-of-cluster",
    "alias-of-storage",
    "log-of-batch",
    "parameter-of-secret",
    "secret-hugging-face",
    "repository-vllm",
    "cluster",
    "access-of-admin",
    "access-policy-of-admin",
    "database-proxy",
    "table",
    "group-default",
    "endpoint-s3",
    "route-out",
    "table-of-private",
    "embedder",
    "relays",
    "class-gp3",
    "service-of-gateway",
    "nodes-inference",
)

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "buckets-are-the-environments-own": [
        *(
            Break("bucket-models", "bucketPrefix", [prefix])
            for prefix in (
                "models-",
                "llm-platform-dev-",
                "llm-platform-production-",
                "llm-platform-prod-llm-platform-dev-x-",
            )
        ),
        Break("bucket-models", "bucket", ["models", "bucket-models-xyz1234", "other-0a1b2c3"], RENAMED),
        Break("bucket-models", "bucket", ["llm-platform-prod-x"], RENAMED, {"naming": ["acme-{environment}"]}),
    ],
    "names-carry-the-environment": [
        Break("log-of-batch", "name", ["/batch", "/llm-platform/dev/batch", "/llm-platform/production/batch"]),
        Break("log-of-batch", "namePrefix", ["/batch/"]),
        Break(
            "parameter-of-secret", "name", ["/llm-platform/vector-database", "/llm-platform/staging/vector-database"]
        ),
        Break("secret-hugging-face", "name", ["hugging-face", "llm-platform/dev/hugging-face"]),
        Break("repository-vllm", "name", ["serving/vllm", "llm-platform-dev/serving/vllm"]),
        Break("queue-batch", "name", ["batch"]),
        Break("topic-alerts", "name", ["alerts"]),
        Break("table", "name", ["runs"]),
        Break("search", "domainName", ["vectors"]),
        Break("cache", "replicationGroupId", ["cache"]),
        Break("embedder", "name", ["embedder"]),
        Break("database-proxy", "name", ["vectors"]),
        Break("database-mysql", "identifier", ["runs"]),
    ],
    "references-stay-in-the-environment": [
        Break("subnet-private", "tags", [{"Name": "llm-platform-dev", **TAGS}]),
        Break("parameter-of-secret", "value", ["llm-platform/staging/x", "s3://llm-platform-dev-models/llama"]),
        Break("shared-network", "name", ["acme/network/dev", "staging", "acme/llm-platform-dev/x"]),
        Break(
            "subnet-private", "tags", [{"owner": "111122223333"}], configuration={"accounts": {"dev": "111122223333"}}
        ),
        Break(
            "subnet-private",
            "tags",
            [{"of": "acme-test-x"}],
            configuration={"environments": ["test"], "naming": ["acme-{environment}"]},
        ),
        Break("service-of-gateway", "metadata.annotations.[a.b/c]", ["llm-platform-dev"]),
    ],
    "keys-are-the-environments-own": [
        Break("alias-of-storage", "name", ["alias/storage", "alias/llm-platform-dev/storage"]),
        Break("alias-of-storage", "namePrefix", ["alias/storage"]),
        Break("alias-of-storage", "targetKeyId", [OTHER_KEY.rpartition("/")[2], OTHER_KEY]),
        Break(
            "grant-of-batch", "keyId", [OTHER_KEY, OTHER_KEY.rpartition("/")[2], "mrk-" + "0a" * 16, "alias/storage"]
        ),
        Break("volume-notebooks", "kmsKeyId", [OTHER_KEY, f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/storage"]),
        Break("encryption-of-models", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", [OTHER_KEY]),
        Break("class-gp3", "parameters.kmsKeyId", [OTHER_KEY]),
        Break("embedder-machines", "kmsKeyArn", [OTHER_KEY]),
    ],
    "roles-are-the-environments-own": [
        Break("role-of-auditor", "name", ["auditor", "role-of-auditor-xyz1234", "llm-platform-dev-auditor"]),
        Break("role-of-auditor", "namePrefix", ["auditor-", "llm-platform-staging-"]),
        Break("flow-log", "iamRoleArn", [OTHER_ROLE]),
        Break("cluster", "roleArn", [OTHER_ROLE]),
        Break("group-system", "nodeRoleArn", [OTHER_ROLE]),
        Break("permissions-of-batch", "role", ["deployer"]),
        Break("attachment-of-nodes", "role", ["deployer"]),
        Break("profile-of-nodes", "role", ["deployer"]),
        With(Sample("aws:ecs/taskDefinition:TaskDefinition", "task", {"family": "x", "executionRoleArn": OTHER_ROLE})),
    ],
    "roles-reach-only-their-environment": [
        permissions(REACHING),
        permissions(REACHING_BY_WILDCARD, "no-wildcard-permissions"),
        Break(
            "role-of-batch",
            "inlinePolicies.0.policy.json!.Statement.0.Resource",
            [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:*"],
        ),
        Break("permissions-of-model", "policy.json!.Statement.0.Resource", [f"{BUCKETS}*"]),
        Break("permissions-of-model", "policy.json!.Statement.2.Resource", [OTHER_KEY]),
        Break(
            "attachment-of-batch",
            "policyArn",
            [f"arn:aws:iam::aws:policy/{name}" for name in ("AmazonS3ReadOnlyAccess", "SecretsManagerReadWrite")],
        ),
        Break("role-of-batch", "managedPolicyArns", [[READ_ONLY]]),
        *(
            With(Sample(type_, "attachment-of-people", {path: given}))
            for type_, path, given in (
                ("aws:iam/policyAttachment:PolicyAttachment", "policyArn", READ_ONLY),
                ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn", READ_ONLY),
                (
                    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                    "policyArns",
                    [UNKNOWN, READ_ONLY],
                ),
                ("aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn", READ_ONLY),
            )
        ),
    ],
    "one-owner-per-resource": [
        *(again(name) for name in TWICE),
        *(
            again(name, **{property_: UNKNOWN})
            for name, property_ in (
                ("encryption-of-models", "bucket"),
                ("attachment-of-nodes", "role"),
                ("route-out", "routeTableId"),
                ("table-of-private", "subnetId"),
            )
        ),
        again("policy-of-bucket-models", bucket=f"arn:aws:s3:::{BUCKET}"),
        Break(
            "group-of-endpoints",
            "ingress",
            [
                [
                    {
                        "description": "TLS from the VPC",
                        "protocol": "tcp",
                        "fromPort": 443,
                        "toPort": 443,
                        "cidrBlocks": ["10.40.0.0/16"],
                    }
                ]
            ],
        ),
        Break(
            "group-of-endpoints",
            "egress",
            [
                [
                    {
                        "description": "TLS from the VPC",
                        "protocol": "tcp",
                        "fromPort": 443,
                        "toPort": 443,
                        "cidrBlocks": ["10.40.0.0/16"],
                    }
                ]
            ],
        ),
        Break("table-private", "routes", [[{"cidrBlock": "10.50.0.0/16", "natGatewayId": "nat-1"}]]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "buckets-are-the-environments-own": [
        Break("bucket-models", "bucket", ["bucket-models-0a1b2c3", "llm-platform-prod-scratch"], RENAMED),
        Break("bucket-models", "bucketPrefix", ["llm-platform-prod-", ABSENT]),
    ],
    "roles-reach-only-their-environment": [
        permissions(SAFE),
        permissions(SAFE_BY_CONDITION, "no-wildcard-permissions"),
        Break("role-of-batch", "managedPolicyArns", [UNKNOWN, [], ["arn:aws:iam::aws:policy/ViewOnlyAccess"]]),
    ],
    "names-carry-the-environment": [
        Break("log-of-batch", "name", ["log-of-batch-0a1b2c3"]),
        Break("log-of-batch", "name", ["/aws/lambda/x"], configuration={"shared_names": ["/aws/lambda/*"]}),
    ],
}
