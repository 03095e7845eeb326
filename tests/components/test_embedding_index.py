"""An index as a release with service accounts. Does not prove that the chart takes the values (tests/charts does), nor
that the database lets the role in.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi_aws import sqs
from pulumi_kubernetes.core.v1 import Namespace

from components.bucket_prefix_policy import BucketPrefixes
from components.embedding_index import EmbeddingIndex, EmbeddingIndexArgs, IndexSecret
from components.external_secrets import SecretStore, SecretStoreArgs
from tests.components.recorder import Recording, record

DATABASE = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/embedding"
VALUES: dict[str, Any] = {
    "image": {"repository": "registry.example.com/embedding", "tag": "0.1.0"},
    "settings": {"index": "handbook"},
    "prepare": {"enabled": True, "args": ["migrate"]},
}


def part(prefix: str, access: Any = "read") -> BucketPrefixes:
    return BucketPrefixes(
        bucket_arn="arn:aws:s3:::datasets",
        prefixes=[prefix],
        key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
        region="us-east-1",
        access=access,
    )


def built(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        provider = kubernetes.Provider("kubernetes", kubeconfig="{}")
        with_provider = pulumi.ResourceOptions(provider=provider)
        namespace = Namespace("serving", opts=with_provider)
        operator = sqs.Queue("operator")  # in the place of the release of External Secrets
        store = SecretStore(
            "secrets-manager",
            SecretStoreArgs(region="us-east-1", namespaces=["serving"], after=[operator]),
            with_provider,
        )
        args = EmbeddingIndexArgs(
            release="embedding-handbook",
            team="ml-platform",
            namespace="serving",
            chart="../charts/embedding",
            chart_digest="0123456789ab",
            values=VALUES,
            cluster_name="llm-platform-dev",
            account_id="111122223333",
            buckets={"documents": part("documents"), "runs": part("embedding/handbook", "write")},
            database_arns=[DATABASE],
            secrets={"admin": IndexSecret(keys=["password"], source="rds!cluster-1")},
            store=store,
            after=[namespace],
        )
        EmbeddingIndex(
            "embedding-handbook",
            replace(args, **changes),
            pulumi.ResourceOptions(providers={"kubernetes": provider}),
        )

    return record(program, preview=preview)


GIVEN = {
    ("pulumi:providers:kubernetes", "kubernetes"),
    ("kubernetes:core/v1:Namespace", "serving"),
    ("aws:sqs/queue:Queue", "operator"),
    ("llm-platform:external_secrets:SecretStore", "secrets-manager"),
    ("kubernetes:external-secrets.io/v1:ClusterSecretStore", "secrets-manager-store"),
}
OWN = {
    ("llm-platform:embedding_index:EmbeddingIndex", "embedding-handbook"),
    ("kubernetes:core/v1:ServiceAccount", "embedding-handbook-account"),
    ("kubernetes:core/v1:ServiceAccount", "embedding-handbook-prepare-account"),
    ("llm-platform:pod_identity:PodIdentity", "embedding-handbook"),
    ("aws:iam/role:Role", "embedding-handbook-role"),
    ("aws:iam/rolePolicy:RolePolicy", "embedding-handbook-documents"),
    ("aws:iam/rolePolicy:RolePolicy", "embedding-handbook-runs"),
    ("aws:iam/rolePolicy:RolePolicy", "embedding-handbook-database"),
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "embedding-handbook-association"),
    ("llm-platform:external_secrets:ExternalSecret", "embedding-handbook-admin"),
    ("kubernetes:external-secrets.io/v1:ExternalSecret", "embedding-handbook-admin-secret"),
    ("kubernetes:helm.sh/v3:Release", "embedding-handbook-release"),
}


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    assert built(preview=preview).children() == OWN | GIVEN


def test_a_database_with_keys_needs_no_permission_to_sign_in() -> None:
    missing = {("aws:iam/rolePolicy:RolePolicy", "embedding-handbook-database")}
    assert built(database_arns=[]).children() == (OWN | GIVEN) - missing


def test_only_the_pods_account_has_a_role_and_the_job_that_prepares_has_another_account() -> None:
    recording = built()
    association = recording.one("embedding-handbook-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("serving", "embedding-handbook")
    values = recording.one("embedding-handbook-release").inputs["values"]
    assert values == VALUES | {
        "serviceAccountName": "embedding-handbook",
        "prepare": {"enabled": True, "args": ["migrate"], "serviceAccountName": "embedding-handbook-prepare"},
    }
    for account in ("account", "prepare-account"):
        assert recording.one(f"embedding-handbook-{account}").inputs["automountServiceAccountToken"] is False


def test_the_role_signs_in_as_one_user_and_writes_nothing_but_its_runs() -> None:
    def statements(label: str) -> dict[str, Any]:
        policy = json.loads(recording.one(f"embedding-handbook-{label}").inputs["policy"])
        return {statement["Sid"]: statement for statement in policy["Statement"]}

    recording = built()
    sign_in = statements("database")["SignIn"]
    assert (sign_in["Action"], sign_in["Resource"]) == ("rds-db:connect", [DATABASE])
    assert statements("documents")["UseObjects"]["Action"] == ["s3:GetObject"]
    written = statements("runs")["UseObjects"]
    assert "s3:PutObject" in written["Action"]
    assert written["Resource"] == ["arn:aws:s3:::datasets/embedding/handbook/*"]


def test_the_release_comes_after_what_its_pods_need_and_does_not_wait_for_them() -> None:
    release = built().one("embedding-handbook-release")
    assert {"serving", "embedding-handbook-account", "embedding-handbook-association"} <= set(release.dependencies)
    assert "embedding-handbook-admin-secret" in release.dependencies
    assert release.inputs["skipAwait"] is True
    assert release.inputs["description"] == "../charts/embedding 0123456789ab"


def test_secrets_come_after_their_namespace() -> None:
    secret = built().one("embedding-handbook-admin-secret")
    assert {"serving", "secrets-manager-store"} <= set(secret.dependencies)
    assert secret.inputs["spec"]["target"]["name"] == "embedding-handbook-admin"
