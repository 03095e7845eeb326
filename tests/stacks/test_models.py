"""What an environment registers for its models. Does not prove that a model answers: nothing is served here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.llm_platform import build_platform
from stacks.models import weight_prefixes
from stacks.settings import parse_settings
from tests.components.recorder import Recording, record
from tests.stacks.bad_models import MODEL, SERVED, VALUES
from tests.stacks.valid_sections import changed_sections

SCALED = {
    **SERVED,
    "charts.releases": [
        "prometheus-operator-crds", "kube-prometheus-stack", "monitoring", "nvidia-device-plugin", "keda", "lws",
        "cert-manager",
    ],
}  # fmt: skip


def build(changes: dict[str, Any], *, preview: bool = False) -> Recording:
    settings = parse_settings(changed_sections(changes), "stacks/Pulumi.staging.yaml")
    return record(lambda: build_platform(settings), preview=preview)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return build(SCALED | {f"{MODEL}.slos": {"availability": 0.999}})


def test_the_monitoring_release_is_our_chart_and_knows_what_models_promise(recording: Recording) -> None:
    release = recording.one("monitoring-release")
    assert release.inputs["chart"] == "../charts/monitoring"
    # The provider compares values and version alone: a changed rule has to show somewhere.
    assert release.inputs["description"].startswith("../charts/monitoring ")
    (group,) = release.inputs["values"]["groups"]
    assert group["rules"][0]["labels"]["model"] == "qwen-chat"
    assert "kube-prometheus-stack-release" in release.dependencies


def test_a_model_is_a_release_of_our_chart(recording: Recording) -> None:
    release = recording.one("model-qwen-chat-release").inputs
    assert (release["name"], release["namespace"]) == ("qwen-chat", "serving")
    assert release["chart"] == "../charts/model-server"
    assert "version" not in release
    assert "repositoryOpts" not in release


def test_a_preview_knows_all_of_it() -> None:
    assert build(SCALED, preview=True).one("model-qwen-chat-release").inputs["values"]["model"]["name"] == "qwen-chat"


def test_a_model_waits_for_what_serves_its_resources(recording: Recording) -> None:
    release = recording.one("model-qwen-chat-release")
    wanted = {
        "serving-namespace", "serving-policies-default-deny", "priorities-inference", "disks-gp3",
        "keda-release", "prometheus-operator-crds-release",
        "model-qwen-chat-account", "model-qwen-chat-association",
    }  # fmt: skip
    assert wanted <= set(release.dependencies)
    # It has no LeaderWorkerSet, so that it need not wait for who serves them.
    assert "lws-release" not in release.dependencies


def test_a_model_on_several_nodes_waits_for_leader_worker_sets() -> None:
    recording = build({**SCALED, f"{VALUES}.model.pipelineParallel": 2, f"{MODEL}.adapters": []})
    assert "lws-release" in recording.one("model-qwen-chat-release").dependencies


def test_the_pods_may_read_their_adapter_and_nothing_else(recording: Recording) -> None:
    policy = json.loads(recording.one("model-qwen-chat-weights").inputs["policy"])
    objects = next(statement for statement in policy["Statement"] if statement["Sid"] == "UseObjects")
    assert objects["Action"] == ["s3:GetObject"]
    assert [resource.partition("/")[2] for resource in objects["Resource"]] == ["adapters/sql/1/*"]


def test_a_model_from_the_hub_without_adapters_has_no_role() -> None:
    recording = build({**SCALED, f"{MODEL}.adapters": []})
    assert [r.name for r in recording.resources if r.name.startswith("model-")] == [
        "model-qwen-chat",
        "model-qwen-chat-account",
        "model-qwen-chat-release",
    ]


def test_kubernetes_and_aws_resources_of_a_model_have_their_own_providers(recording: Recording) -> None:
    providers = {r.name: r.provider for r in recording.resources if r.name.startswith("model-") and r.provider}
    assert providers == {
        "model-qwen-chat-account": "kubernetes-provider",
        "model-qwen-chat-release": "kubernetes-provider",
        "model-qwen-chat-role": "aws",
        "model-qwen-chat-weights": "aws",
        "model-qwen-chat-association": "aws",
    }


def test_prefixes_of_weights_and_adapters() -> None:
    adapters = [{"uri": "s3://models/b/2"}, {"uri": "hf://owner/name@0"}, {"uri": "s3://models/b/2"}]
    values = {"model": {"source": {"huggingFace": None, "s3": {"uri": "s3://models/a/1"}}, "adapters": adapters}}
    assert weight_prefixes(values) == ["a/1", "b/2"]
    assert weight_prefixes({"model": {"source": {"huggingFace": {}}}}) == []
