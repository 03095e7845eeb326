"""What breaks the policies that keep environments apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With
from tests.policies.iam_statements import ARN, BUCKETS, REACHING, REACHING_BY_WILDCARD, SAFE, SAFE_BY_CONDITION
from tests.policies.sample import PROVIDER, TAGS, UNKNOWN, Sample
from tests.policies.samples.network_access import ACCOUNT, KEY, REGION
from tests.policies.samples.whole_stack import allow

OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
RENAMED = ["buckets-demand-tls"]
"""The bucket's policy names the bucket as it was called."""

ACME = {"naming": ["acme-{environment}"]}
"""Other names, so that what is named after another environment is no matter of the policies of names."""


def permissions(statements: Sequence[dict[str, Any]], *also: str) -> Break:
    """Put statements, one at a time, in place of the permissions of a sample."""
    return Break(
        "permissions-of-batch",
        "policy",
        [json.dumps({"Version": "2012-10-17", "Statement": each}) for each in statements],
        also=also,
    )


def _of_account(accounts: Any, *, account_per_environment: bool = True) -> Instead:
    """Let a role reach all keys of the account, of a provider that says which accounts it may work in."""
    document = {"Version": "2012-10-17", "Statement": allow("kms:Decrypt", ARN("kms", "key/*"))}
    return Instead(
        "permissions-of-batch",
        lambda each: replace(
            each,
            inputs={**each.inputs, "policy": json.dumps(document)},
            provider={**PROVIDER, "allowedAccountIds": accounts},
        ),
        f"that reaches every key, of accounts {accounts}",
        configuration={"account_per_environment": account_per_environment},
    )


def _known_by(name: str, *outputs: str, unknown: Sequence[str] = ()) -> Instead:
    """Leave a sample only some of its outputs, others not known yet."""
    return Instead(
        name,
        lambda each: replace(
            each, outputs={**{key: each.outputs[key] for key in outputs}, **dict.fromkeys(unknown, UNKNOWN)}
        ),
        f"known by {outputs}, {unknown} not known yet",
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
        Break("bucket-models", "bucket", ["models", "bucket-models-xyz1234", "other-0a1b2c3"], also=RENAMED),
        Break(
            "bucket-models",
            "bucket",
            ["llm-platform-prod-x"],
            also=RENAMED,
            configuration={"naming": ["acme-{environment}"]},
        ),
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
        With(
            Sample("aws:s3/bucketMetric:BucketMetric", "metric", {"name": "all", "bucket": "llm-platform-dev-models"})
        ),
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
        Break("embedder-machines", "kmsKeyArn", [OTHER_KEY], configuration={"shared_keys": ["alias/*"]}),
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
        *(
            With(Sample(type_, "of-another", inputs))
            for type_, inputs in (
                (
                    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                    {"roleName": "deployer", "policyArns": []},
                ),
                (
                    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
                    {"roleName": "deployer", "policyNames": []},
                ),
                (
                    "aws:lambda/function:Function",
                    {"role": OTHER_ROLE, "kmsKeyArn": KEY, "name": "llm-platform-prod-x"},
                ),
            )
        ),
    ],
    "roles-reach-only-their-environment": [
        permissions(REACHING),
        *(
            _of_account(accounts)
            for accounts in ([ACCOUNT, "111122223333"], f'["{ACCOUNT}", "111122223333"]', [], "[]")
        ),
        _of_account([ACCOUNT], account_per_environment=False),
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
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "buckets-are-the-environments-own": [
        Break("bucket-models", "bucket", ["bucket-models-0a1b2c3", "llm-platform-prod-scratch"], also=RENAMED),
        Break("bucket-models", "bucketPrefix", ["llm-platform-prod-", ABSENT]),
    ],
    "roles-reach-only-their-environment": [
        permissions(SAFE),
        *(_of_account(accounts) for accounts in ([ACCOUNT], f'["{ACCOUNT}"]')),
        permissions(SAFE_BY_CONDITION, "no-wildcard-permissions"),
        Break("role-of-batch", "managedPolicyArns", [UNKNOWN, [], ["arn:aws:iam::aws:policy/ViewOnlyAccess"]]),
    ],
    "names-carry-the-environment": [
        Break("log-of-batch", "name", ["log-of-batch-0a1b2c3"]),
        Break("log-of-batch", "name", ["/aws/lambda/x"], configuration={"shared_names": ["/aws/lambda/*"]}),
    ],
    "references-stay-in-the-environment": [
        Break("bucket-models", "bucket", ["llm-platform-prod-acme-dev"], also=RENAMED, configuration=ACME),
        Break("bucket-models", "bucketPrefix", ["llm-platform-prod-acme-dev"], configuration=ACME),
        Break("role-of-auditor", "name", ["llm-platform-prod-acme-dev"], configuration=ACME),
        Break("role-of-auditor", "namePrefix", ["llm-platform-prod-acme-dev"], configuration=ACME),
        Break("alias-of-storage", "name", ["alias/llm-platform-prod/acme-dev"], configuration=ACME),
        Break("log-of-batch", "name", ["/llm-platform/prod/acme-dev"], configuration=ACME),
        Break("key-storage", "description", ["like that of llm-platform-dev"]),
        Break("subnet-private", "tags", [{"like": "llm-platform-dev"}], configuration={"allowed": ["*-dev"]}),
        Break("parameter-of-secret", "value", ["acme/network/dev"]),  # a stack's name alone, and no stack reference
        Break(
            "subnet-private",
            "tags",
            [{"number": "1111222233334"}, {"number": "9111122223333"}, {"owner": ACCOUNT}],
            configuration={"accounts": {"dev": "111122223333", "prod": ACCOUNT}},
        ),
        Break(
            "subnet-private",
            "tags",
            [{"owner": ACCOUNT}],
            configuration={"accounts": {"dev": ACCOUNT, "prod": ACCOUNT}},
        ),
    ],
    "keys-are-the-environments-own": [
        With(Sample("aws:kms/replicaKey:ReplicaKey", "replica", {"primaryKeyArn": OTHER_KEY}, protect=True)),
        Instead(
            "key-storage", lambda key: replace(key, type="aws:kms/externalKey:ExternalKey"), "of material of one's own"
        ),
        Break("subnet-private", "tags", [{"kms": "shared"}]),
        Break(
            "subnet-private",
            "tags",
            [{"keys": f"arn:aws:kms:{REGION}:{ACCOUNT}:{glob}"} for glob in ("alias/x*", "key/0a?")],
        ),
        Break("permissions-of-batch", "policy.json!.Statement.4.Resource", [OTHER_KEY]),  # which is denied
        Break("grant-of-batch", "keyId", [OTHER_KEY], configuration={"shared_keys": ["arn:aws:kms:*:key/1111*"]}),
        Break("grant-of-batch", "keyId", [KEY.rpartition("/")[2], "alias/llm-platform-prod/storage"]),
        Instead(
            "key-storage",
            lambda key: replace(key, outputs={"arn": KEY, "keyId": KEY.rpartition("/")[2]}),
            "known by ARN and key id",
        ),
    ],
    "roles-are-the-environments-own": [
        Break("flow-log", "iamRoleArn", [OTHER_ROLE], configuration={"shared_roles": ["arn:aws:iam::*:role/deployer"]}),
        Break("subnet-private", "tags", [{"role": "primary"}]),
        Break("subnet-private", "tags", [{"roleArn": "none"}]),
        _known_by("role-of-batch", "arn", unknown=["name"]),
        _known_by("role-of-cluster", unknown=["arn"]),
    ],
}
