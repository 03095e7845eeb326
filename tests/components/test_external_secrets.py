"""Secrets kept in AWS. Does not prove that AWS has them: External Secrets says so in the cluster."""

from __future__ import annotations

import pytest
from pulumi_aws import sqs

from components.external_secrets import ExternalSecret, ExternalSecretArgs, SecretStore, SecretStoreArgs
from tests.components.recorder import Recording, record


def build(*, optional: bool = False, preview: bool = False) -> Recording:
    def program() -> None:
        release = sqs.Queue("external-secrets-release")  # in the place of the release
        store = SecretStore(
            "secrets-manager",
            SecretStoreArgs(
                region="us-east-1", namespaces=["vector-stores", "monitoring", "monitoring"], after=[release]
            ),
        )
        ExternalSecret(
            "grafana-admin",
            ExternalSecretArgs(
                secret="grafana-admin",
                namespace="monitoring",
                keys=["admin-user", "admin-password"],
                store=store,
                source="llm-platform/dev/monitoring/grafana-admin",
                optional=optional,
            ),
        )

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("aws:sqs/queue:Queue", "external-secrets-release"),
        ("llm-platform:external_secrets:SecretStore", "secrets-manager"),
        ("kubernetes:external-secrets.io/v1:ClusterSecretStore", "secrets-manager-store"),
        ("llm-platform:external_secrets:ExternalSecret", "grafana-admin"),
        ("kubernetes:external-secrets.io/v1:ExternalSecret", "grafana-admin-secret"),
    }


def test_the_store_is_secrets_manager_with_the_controllers_own_role():
    store = build().one("secrets-manager-store")
    assert store.inputs["metadata"] == {"name": "secrets-manager"}
    assert store.inputs["spec"]["provider"] == {"aws": {"service": "SecretsManager", "region": "us-east-1"}}
    assert store.dependencies == ("external-secrets-release",)


def test_only_the_releases_namespaces_may_use_the_store():
    assert build().one("secrets-manager-store").inputs["spec"]["conditions"] == [
        {"namespaces": ["monitoring", "vector-stores"]}
    ]


def test_each_key_is_one_of_the_secrets_json():
    secret = build().one("grafana-admin-secret")
    source = "llm-platform/dev/monitoring/grafana-admin"
    assert secret.inputs["spec"] == {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "secrets-manager"},
        "target": {"name": "grafana-admin", "creationPolicy": "Owner"},
        "data": [
            {"secretKey": "admin-user", "remoteRef": {"key": source, "property": "admin-user"}},
            {"secretKey": "admin-password", "remoteRef": {"key": source, "property": "admin-password"}},
        ],
    }
    assert secret.dependencies == ("secrets-manager-store",)


def test_the_update_waits_for_a_secret_that_is_needed_and_for_no_other():
    assert build().one("grafana-admin-secret").inputs["metadata"] == {
        "name": "grafana-admin",
        "namespace": "monitoring",
        "annotations": {"pulumi.com/waitFor": "condition=Ready"},
    }
    assert "annotations" not in build(optional=True).one("grafana-admin-secret").inputs["metadata"]
