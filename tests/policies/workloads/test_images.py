"""Images are read as container runtimes read them, wherever a resource names them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.images import images_of, parse_reference
from policies.workloads import images_are_pinned, images_come_from_allowed_registries
from tests.policies.sample import UNKNOWN, Sample

PINNED = images_are_pinned.POLICY
ALLOWED = images_come_from_allowed_registries.POLICY
RELEASE = "kubernetes:helm.sh/v3:Release"
SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("reference", "name", "tag", "digest"),
    [
        ("busybox", "docker.io/library/busybox", "", ""),
        ("busybox:1.38", "docker.io/library/busybox", "1.38", ""),
        ("vllm/vllm-openai:v0.26.0", "docker.io/vllm/vllm-openai", "v0.26.0", ""),
        ("docker.io/a/b/c:1", "docker.io/a/b/c", "1", ""),
        ("DOCKER.io/a/b:1", "docker.io/a/b", "1", ""),
        ("registry:5000/a", "registry:5000/a", "", ""),
        ("registry:5000/a:2", "registry:5000/a", "2", ""),
        ("localhost/a:2", "localhost/a", "2", ""),
        (f"quay.io/a/b@{SHA}", "quay.io/a/b", "", SHA),
        (f"quay.io/a/b:v1.2@{SHA}", "quay.io/a/b", "v1.2", SHA),
        ("docker://quay.io/a/b:1.2", "quay.io/a/b", "1.2", ""),
    ],
)
def test_parts_of_a_reference(reference: str, name: str, tag: str, digest: str) -> None:
    image = parse_reference(reference)

    assert (image.name, image.tag, image.digest) == (name, tag, digest)
    assert image.has_digest is bool(digest)


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        ("aws:sagemaker/model:Model", {"primaryContainer": {"image": "a/b"}}, "primaryContainer.image"),
        ("aws:sagemaker/model:Model", {"containers": [{"image": "a/b"}]}, "containers.0.image"),
        ("aws:lambda/function:Function", {"imageUri": "a/b"}, "imageUri"),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {"containerProperties": '{"image": "a/b"}'},
            "containerProperties.image",
        ),
        (
            "aws:apprunner/service:Service",
            {"sourceConfiguration": {"imageRepository": {"imageIdentifier": "a/b"}}},
            "sourceConfiguration.imageRepository.imageIdentifier",
        ),
        (
            "kubernetes:trainer.kubeflow.org/v1alpha1:TrainJob",
            {"spec": {"trainer": {"image": "a/b"}}},
            "spec.trainer.image",
        ),
        (
            "kubernetes:sparkoperator.k8s.io/v1beta2:SparkApplication",
            {"spec": {"executor": {"image": "a/b"}}},
            "spec.executor.image",
        ),
        (
            "kubernetes:ray.io/v1:RayCluster",
            {"spec": {"headGroupSpec": {"template": {"spec": {"containers": [{"image": "a/b"}]}}}}},
            "spec.headGroupSpec.template.spec.containers.0.image",
        ),
    ],
)
def test_images_outside_kubernetes_own_kinds(type_: str, inputs: dict[str, Any], path: str) -> None:
    resource = Sample(type_, "one", inputs).resource()

    assert PINNED.looks_at(type_)
    assert [(image.name, image.path) for image in images_of(resource)] == [("docker.io/a/b", path)]


def test_an_unknown_image_does_not_hide_the_others() -> None:
    containers = [{"image": UNKNOWN}, {"image": "docker.io/a/b"}, {"image": 7}]
    document = {"spec": {"template": {"spec": {"containers": containers}}}}
    judgement = PINNED.judge(
        Sample("kubernetes:apps/v1:Deployment", "one", document).resource(), PINNED.configuration()
    )

    assert [(each.path, each.fault) for each in judgement.violations] == [
        ("spec.template.spec.containers.1.image", "docker.io/a/b has no tag, which means latest"),
        ("spec.template.spec.containers.2.image", "is 7, not a text"),
    ]


def test_an_unknown_value_of_a_chart_does_not_hide_the_others() -> None:
    values = {"clusterName": UNKNOWN, "a": {"image": {"repository": UNKNOWN, "tag": "latest"}}, "b": {"image": "x/y"}}
    judgement = PINNED.judge(Sample(RELEASE, "one", {"values": values}).resource(), PINNED.configuration())

    assert [each.path for each in judgement.violations] == ["values.b.image"]
    assert judgement.undecided


def test_a_tag_that_yaml_reads_as_a_number_is_said() -> None:
    values = {"image": {"repository": "docker.io/library/python", "tag": 3.1}}
    [violation] = PINNED.judge(Sample(RELEASE, "one", {"values": values}).resource(), PINNED.configuration()).violations

    assert (violation.path, violation.fault, violation.remedy) == (
        "values.image.tag",
        "is 3.1, not a text",
        "give a text",
    )


def test_messages_name_the_whole_place() -> None:
    document = {"spec": {"containers": [{"image": "somebody/tool:latest"}]}}
    resource = Sample("kubernetes:core/v1:Pod", "one", document).resource()
    [moving] = PINNED.judge(resource, PINNED.configuration()).violations
    [untrusted] = ALLOWED.judge(resource, ALLOWED.configuration()).violations

    assert moving.fault == "docker.io/somebody/tool has the tag 'latest', which moves"
    assert untrusted.fault == "docker.io/somebody/tool comes from a place that is not trusted"


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("333344445555.dkr.ecr.*.amazonaws.com", True),
        ("111122223333.dkr.ecr.*.amazonaws.com", False),
        ("*.dkr.ecr.us-east-1.amazonaws.com/llm-platform-prod/*", True),
        ("*.dkr.ecr.us-east-1.amazonaws.com/llm-platform-dev/*", False),
        ("*", True),
    ],
)
def test_entries_can_name_account_and_repository(entry: str, allowed: bool) -> None:
    image = "333344445555.dkr.ecr.us-east-1.amazonaws.com/llm-platform-prod/platform/embedding:0.1.0"
    resource = Sample("kubernetes:core/v1:Pod", "one", {"spec": {"containers": [{"image": image}]}}).resource()

    assert (not ALLOWED.judge(resource, ALLOWED.configuration({"registries": [entry]})).violations) is allowed
