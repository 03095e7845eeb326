"""The Kubernetes provider and its kubeconfig. Does not prove that EKS lets the caller in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi_aws import sqs

from components.kubernetes_access import KubernetesAccess, KubernetesAccessArgs, kubeconfig
from tests.components.recorder import Recording, record

PROVIDER = "pulumi:providers:kubernetes"


def build(*, preview: bool = False) -> Recording:
    def program() -> None:
        entry = sqs.Queue("access-entry")  # anything that takes time, in the place of an access entry
        KubernetesAccess(
            "kubernetes",
            KubernetesAccessArgs(
                cluster_name="llm-platform-dev",
                region="us-east-1",
                endpoint=entry.url,
                certificate_authority_data="Y2E=",
                after=[entry],
            ),
        )

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("aws:sqs/queue:Queue", "access-entry"),
        ("llm-platform:kubernetes_access:KubernetesAccess", "kubernetes"),
        (PROVIDER, "kubernetes-provider"),
    }


def test_provider_applies_server_side_and_stays_itself_when_the_endpoint_changes():
    inputs = dict(build().one("kubernetes-provider").inputs)
    del inputs["kubeconfig"]
    # Settings of a provider travel as JSON text.
    assert inputs == {"clusterIdentifier": "llm-platform-dev", "enableServerSideApply": "true"}


def test_the_state_holds_a_command_and_no_credential():
    config: dict[str, Any] = json.loads(build().one("kubernetes-provider").inputs["kubeconfig"])
    (user,) = config["users"]
    assert user["user"] == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "args": ["--region", "us-east-1", "eks", "get-token", "--cluster-name", "llm-platform-dev"],
            "command": "aws",
            "interactiveMode": "Never",
        }
    }
    (cluster,) = config["clusters"]
    assert cluster["cluster"] == {"certificate-authority-data": "Y2E=", "server": "https://access-entry.example"}
    (context,) = config["contexts"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert config["current-context"] == context["name"]


def test_nothing_is_asked_of_the_cluster_before_the_access_entries():
    assert build().one("kubernetes-provider").dependencies == ("access-entry",)


def test_the_same_cluster_gives_the_same_text():
    texts = {kubeconfig("llm-platform-dev", "us-east-1", "https://cluster.example", "Y2E=") for _ in range(2)}
    assert len(texts) == 1
