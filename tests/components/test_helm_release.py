"""One Helm release. Does not prove that the chart renders: the simulated cluster does that."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import sqs

from components.helm_release import HelmRelease, HelmReleaseArgs
from tests.components.recorder import Recording, record

RELEASE = "kubernetes:helm.sh/v3:Release"


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        queue = sqs.Queue("queue")
        wanted: dict[str, Any] = {
            "release": "karpenter",
            "namespace": "kube-system",
            "chart": "oci://public.ecr.aws/karpenter/karpenter",
            "version": "1.14.1",
            "values": {"settings": {"interruptionQueue": queue.name, "clusterName": "llm-platform-dev"}},
            "skip_crds": True,
            "needs": [queue],
        }
        HelmRelease("karpenter", HelmReleaseArgs(**wanted | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("aws:sqs/queue:Queue", "queue"),
        ("llm-platform:helm_release:HelmRelease", "karpenter"),
        (RELEASE, "karpenter-release"),
    }


def test_a_release_is_pinned_whole_and_leaves_namespaces_to_us():
    assert build().one("karpenter-release").inputs == {
        "atomic": True,
        "chart": "oci://public.ecr.aws/karpenter/karpenter",
        "cleanupOnFail": True,
        "compat": "true",
        "createNamespace": False,
        "maxHistory": 5,
        "name": "karpenter",
        "namespace": "kube-system",
        "skipCrds": True,
        "timeout": 600,
        "values": {"settings": {"clusterName": "llm-platform-dev", "interruptionQueue": "queue"}},
        "version": "1.14.1",
    }


def test_what_it_needs_comes_first():
    assert build().one("karpenter-release").dependencies == ("queue",)


def test_a_chart_repository_is_named_beside_the_chart():
    inputs = build(chart="keda", repository="https://kedacore.github.io/charts").one("karpenter-release").inputs
    assert inputs["chart"] == "keda"
    assert inputs["repositoryOpts"] == {"repo": "https://kedacore.github.io/charts"}


@pytest.mark.parametrize("path", ["../charts/model-server", "../charts-mirror/keda-2.20.2.tgz"])
def test_a_path_is_one_version(path: str):
    inputs = build(chart=path, version=None).one("karpenter-release").inputs
    assert inputs["chart"] == path
    assert "version" not in inputs


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": None}, "chart oci://public.ecr.aws/karpenter/karpenter without a version"),
        ({"chart": "keda"}, "chart keda by name, without a repository"),
    ],
)
def test_a_chart_that_could_be_another_tomorrow_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        build(**changes)
