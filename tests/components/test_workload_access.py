"""Which release may do what in AWS. Does not prove that a release works with it: that shows in a real account."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.policy_statement import LARGEST_INLINE_POLICIES
from components.workload_access import (
    ACCESS_KEYS,
    STORES,
    AccessFacts,
    WorkloadAccess,
    WorkloadAccessArgs,
    access_statements,
)
from tests.components.recorder import record


def facts() -> AccessFacts:
    return AccessFacts(
        environment="dev",
        account_id="111122223333",
        region="us-east-1",
        cluster_name="llm-platform-dev",
        vpc_id="vpc-1",
        bucket_arns={purpose: f"arn:aws:s3:::{purpose}" for purpose in ("models", "datasets", "telemetry")},
        storage_key_arn="arn:storage",
        secrets_key_arn="arn:cluster",
        metrics_workspace_arn="arn:aws:aps:us-east-1:111122223333:workspace/ws-1",
        alert_topic_arns=["arn:aws:sns:us-east-1:111122223333:llm-platform-dev-alerts-critical"],
    )


def build(access: str) -> None:
    WorkloadAccess(
        access,
        WorkloadAccessArgs(
            cluster_name="llm-platform-dev",
            access=access,
            facts=facts(),
            namespace="namespace",
            service_account="account",
        ),
    )


def policy(access: str) -> list[dict[str, Any]]:
    text = record(lambda: build(access)).one(f"{access}-access").inputs["policy"]
    return json.loads(text)["Statement"]


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    assert record(lambda: build("loki"), preview=preview).children() == {
        ("llm-platform:workload_access:WorkloadAccess", "loki"),
        ("llm-platform:pod_identity:PodIdentity", "loki"),
        ("aws:iam/role:Role", "loki-role"),
        ("aws:iam/rolePolicy:RolePolicy", "loki-access"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "loki-association"),
    }


def test_the_releases_that_ask_aws_for_something() -> None:
    assert ACCESS_KEYS == (
        "alertmanager",
        "aws-load-balancer-controller",
        "external-secrets",
        "loki",
        "milvus",
        "mlflow",
        "prometheus",
        "tempo",
    )


def test_the_role_is_the_service_accounts() -> None:
    recording = record(lambda: build("mlflow"))
    association = recording.one("mlflow-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("namespace", "account")


@pytest.mark.parametrize(("release", "purpose"), [(name, store.purpose) for name, store in STORES.items()])
def test_a_store_is_the_releases_own_prefix(release: str, purpose: str) -> None:
    objects = next(statement for statement in policy(release) if statement["Sid"] == "UseObjects")
    assert objects["Resource"] == [f"arn:aws:s3:::{purpose}/{release}/*"]


def test_only_milvus_lists_beyond_its_prefix() -> None:
    listing = {release: policy(release)[0] for release in STORES}
    assert [release for release, statement in listing.items() if "Condition" not in statement] == ["milvus"]


def test_secrets_are_the_environments_own_and_only_read() -> None:
    secrets = "arn:aws:secretsmanager:us-east-1:111122223333:secret:llm-platform/dev/*"
    assert policy("external-secrets") == [
        {
            "Sid": "ReadSecrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            "Resource": secrets,
        },
        {
            "Sid": "DecryptSecrets",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "arn:cluster",
            "Condition": {
                "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
            },
        },
    ]


def test_prometheus_writes_metrics_and_reads_none() -> None:
    assert policy("prometheus") == [
        {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": "aps:RemoteWrite",
            "Resource": "arn:aws:aps:us-east-1:111122223333:workspace/ws-1",
        }
    ]


def test_alertmanager_publishes_to_the_topics_and_uses_their_key_through_sns() -> None:
    publish, encrypt = policy("alertmanager")
    assert publish["Action"] == "sns:Publish"
    assert publish["Resource"] == ["arn:aws:sns:us-east-1:111122223333:llm-platform-dev-alerts-critical"]
    assert encrypt["Resource"] == "arn:storage"
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}


@pytest.mark.parametrize("access", ["alertmanager", "prometheus"])
def test_what_tells_aws_nothing_gets_nothing(access: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        access_statements(access, replace(facts(), metrics_workspace_arn=None, alert_topic_arns=()))


@pytest.mark.parametrize("access", ACCESS_KEYS)
def test_no_wildcard_action(access: str) -> None:
    actions = [
        action for s in policy(access) for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]
    assert not [action for action in actions if "*" in action]


@pytest.mark.parametrize("access", ACCESS_KEYS)
def test_a_policy_is_within_iams_limit(access: str) -> None:
    text = record(lambda: build(access)).one(f"{access}-access").inputs["policy"]
    assert len("".join(text.split())) <= LARGEST_INLINE_POLICIES


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"access 'qdrant': no permissions are written for it; known: alertmanager, "):
        access_statements("qdrant", facts())
