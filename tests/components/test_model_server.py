"""One model as a release with a service account. Does not prove that the chart takes the values (tests/charts does),
nor that a null among them reaches helm: the SDK sends it, and the recorder leaves it out.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi_kubernetes.core.v1 import Namespace

from components.bucket_prefix_policy import BucketPrefixes
from components.model_server import ModelServer, ModelServerArgs
from tests.components.recorder import Recording, record

WEIGHTS = BucketPrefixes(
    bucket_arn="arn:aws:s3:::models",
    prefixes=["qwen/1"],
    key_arn="arn:storage",
    region="us-east-1",
    access="read",
)
VALUES: dict[str, Any] = {"serviceAccountName": "qwen-chat", "model": {"source": {"s3": {"uri": "s3://models/qwen/1"}}}}


def arguments(**changes: Any) -> ModelServerArgs:
    args = ModelServerArgs(
        model="qwen-chat",
        engine="vllm",
        team="ml-platform",
        namespace="serving",
        chart="../charts/model-server",
        chart_digest="0123456789ab",
        values=VALUES,
        cluster_name="llm-platform-dev",
        account_id="111122223333",
        weights=WEIGHTS,
        after=[],
    )
    return replace(args, **changes)


def served(*, preview: bool = False, **changes: Any) -> Recording:
    def build() -> None:
        provider = kubernetes.Provider("kubernetes", kubeconfig="{}")
        namespace = Namespace("serving", opts=pulumi.ResourceOptions(provider=provider))
        ModelServer(
            "model-qwen-chat",
            arguments(after=[namespace], **changes),
            pulumi.ResourceOptions(providers={"kubernetes": provider}),
        )

    return record(build, preview=preview)


OWN = {
    ("llm-platform:model_server:ModelServer", "model-qwen-chat"),
    ("kubernetes:core/v1:ServiceAccount", "model-qwen-chat-account"),
    ("kubernetes:helm.sh/v3:Release", "model-qwen-chat-release"),
}
IDENTITY = {
    ("llm-platform:pod_identity:PodIdentity", "model-qwen-chat"),
    ("aws:iam/role:Role", "model-qwen-chat-role"),
    ("aws:iam/rolePolicy:RolePolicy", "model-qwen-chat-weights"),
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "model-qwen-chat-association"),
}
GIVEN = {("pulumi:providers:kubernetes", "kubernetes"), ("kubernetes:core/v1:Namespace", "serving")}


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    assert served(preview=preview).children() == OWN | IDENTITY | GIVEN


def test_without_weights_in_the_bucket_there_is_no_role() -> None:
    assert served(weights=None).children() == OWN | GIVEN


def test_the_release() -> None:
    release = served().one("model-qwen-chat-release")
    assert {key: value for key, value in release.inputs.items() if key != "compat"} == {
        "name": "qwen-chat",
        "namespace": "serving",
        "chart": "../charts/model-server",
        "description": "../charts/model-server 0123456789ab",
        "values": VALUES,
        "createNamespace": False,
        "maxHistory": 5,
        "skipAwait": True,
    }


def test_the_order() -> None:
    recording = served()
    assert recording.one("model-qwen-chat-account").dependencies == ("serving",)
    assert recording.one("model-qwen-chat-release").dependencies == (
        "model-qwen-chat-account",
        "model-qwen-chat-association",
        "serving",
    )


def test_the_service_account_has_no_api_token_by_default() -> None:
    account = served().one("model-qwen-chat-account").inputs
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"] == {
        "name": "qwen-chat",
        "namespace": "serving",
        "labels": {
            "llm-platform/engine": "vllm",
            "llm-platform/model": "qwen-chat",
            "llm-platform/team": "ml-platform",
        },
    }


def test_the_pods_read_their_own_weights() -> None:
    recording = served()
    association = recording.one("model-qwen-chat-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("serving", "qwen-chat")
    policy = json.loads(recording.one("model-qwen-chat-weights").inputs["policy"])
    objects = next(statement for statement in policy["Statement"] if statement["Sid"] == "UseObjects")
    assert (objects["Action"], objects["Resource"]) == (["s3:GetObject"], ["arn:aws:s3:::models/qwen/1/*"])


def test_pods_under_another_account_are_refused() -> None:
    with pytest.raises(ValueError, match=r"values\.serviceAccountName is None, must be the model's name"):
        arguments(values={})
