"""Pods are found in every kind that makes them, wherever it keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.mappings import gathered
from policies.pods import WORKLOADS, Pod, pods_of
from policies.reading import Undecided, WrongType
from policies.workloads.images_are_pinned import POLICY
from tests.policies.sample import UNKNOWN, Sample

TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "docker.io/a/b:1.0"}]}}
JOB = {"template": {"spec": {"template": TEMPLATE}}}
RAY = {"headGroupSpec": {"template": TEMPLATE}, "workerGroupSpecs": [{"template": TEMPLATE}, {"template": TEMPLATE}]}

KINDS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("core/v1:Pod", TEMPLATE, ["spec"]),
    ("core/v1:PodTemplate", {"template": TEMPLATE}, ["template.spec"]),
    ("core/v1:ReplicationController", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("apps/v1:Deployment", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("apps/v1:StatefulSet", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("apps/v1:DaemonSet", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("apps/v1:ReplicaSet", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("apps/v1:DeploymentPatch", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    ("batch/v1:Job", {"spec": {"template": TEMPLATE}}, ["spec.template.spec"]),
    (
        "batch/v1:CronJob",
        {"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}},
        ["spec.jobTemplate.spec.template.spec"],
    ),
    (
        "ray.io/v1:RayCluster",
        {"spec": RAY},
        [
            "spec.headGroupSpec.template.spec",
            "spec.workerGroupSpecs.0.template.spec",
            "spec.workerGroupSpecs.1.template.spec",
        ],
    ),
    (
        "ray.io/v1:RayJob",
        {"spec": {"rayClusterSpec": {"headGroupSpec": {"template": TEMPLATE}}, "submitterPodTemplate": TEMPLATE}},
        ["spec.rayClusterSpec.headGroupSpec.template.spec", "spec.submitterPodTemplate.spec"],
    ),
    (
        "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet",
        {"spec": {"leaderWorkerTemplate": {"leaderTemplate": TEMPLATE, "workerTemplate": TEMPLATE}}},
        ["spec.leaderWorkerTemplate.leaderTemplate.spec", "spec.leaderWorkerTemplate.workerTemplate.spec"],
    ),
    (
        "jobset.x-k8s.io/v1alpha2:JobSet",
        {"spec": {"replicatedJobs": [JOB]}},
        ["spec.replicatedJobs.0.template.spec.template.spec"],
    ),
    (
        "trainer.kubeflow.org/v1alpha1:ClusterTrainingRuntime",
        {"spec": {"template": {"spec": {"replicatedJobs": [JOB]}}}},
        ["spec.template.spec.replicatedJobs.0.template.spec.template.spec"],
    ),
    (
        "trainer.kubeflow.org/v1alpha1:TrainJob",
        {"spec": {"podTemplateOverrides": [{"spec": {"tolerations": []}}, TEMPLATE]}},
        ["spec.podTemplateOverrides.0.spec", "spec.podTemplateOverrides.1.spec"],
    ),
    (
        "sparkoperator.k8s.io/v1beta2:SparkApplication",
        {"spec": {"driver": {"template": TEMPLATE}, "executor": {}}},
        ["spec.driver", "spec.executor", "spec.driver.template.spec"],
    ),
    (
        "keda.sh/v1alpha1:ScaledJob",
        {"spec": {"jobTargetRef": {"template": TEMPLATE}}},
        ["spec.jobTargetRef.template.spec"],
    ),
    ("core/v1:ConfigMap", {"data": {"containers": "[]"}}, []),
    ("apiextensions.k8s.io/v1:CustomResourceDefinition", {"spec": TEMPLATE}, []),
]


@pytest.mark.parametrize(("type_", "document", "paths"), KINDS, ids=[kind[0] for kind in KINDS])
def test_pods_of_a_kind(type_: str, document: dict[str, Any], paths: list[str]) -> None:
    resource = Sample(f"kubernetes:{type_}", "one", document).resource()
    found = list(pods_of(resource))

    assert [pod.spec.path for pod in found] == paths
    assert not found or POLICY.looks_at(resource.type)


def test_labels_are_those_of_the_template_and_containers_are_all_kinds() -> None:
    spec = {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}], "ephemeralContainers": [{"name": "c"}]}
    [pod] = pods("apps/v1:Deployment", {"spec": {"template": {"metadata": {"labels": {"x.y/z": "v"}}, "spec": spec}}})

    assert pod.labels.entry("x.y/z") == "v"
    assert [each.text("name") for each in pod.containers()] == ["a", "b", "c"]
    assert [each.text("name") for each in pod.declared()] == ["a", "b"]


@pytest.mark.parametrize(
    ("type_", "whole"),
    [
        ("apps/v1:Deployment", True),
        ("apps/v1:DeploymentPatch", False),
        ("ray.io/v1:RayService", True),
        ("ray.io/v1:RayServicePatch", False),
        ("trainer.kubeflow.org/v1alpha1:TrainingRuntime", False),
    ],
)
def test_patches_and_templates_of_operators_are_not_whole(type_: str, whole: bool) -> None:
    [pod] = pods(type_, {"spec": {"template": TEMPLATE}})

    assert pod.whole is whole


@pytest.mark.parametrize(("odd", "error"), [(UNKNOWN, Undecided), ("text", WrongType)], ids=["unknown", "text"])
def test_an_odd_container_does_not_hide_the_others(odd: str, error: type[Exception]) -> None:
    groups = [{"template": {"spec": {"containers": [odd]}}}, {"template": TEMPLATE}]
    spec = {"headGroupSpec": {"template": TEMPLATE}, "workerGroupSpecs": groups}
    found = pods_of(Sample("kubernetes:ray.io/v1:RayCluster", "one", {"spec": spec}).resource())
    images: list[str | None] = []

    with pytest.raises(error):
        images.extend(each.text("image") for each in gathered(found, lambda pod: pod.containers()))
    assert images == ["docker.io/a/b:1.0"] * 2


def test_an_unknown_part_is_raised_after_what_is_known() -> None:
    spec = {"headGroupSpec": UNKNOWN, "workerGroupSpecs": [{"template": TEMPLATE}]}
    found = pods_of(Sample("kubernetes:ray.io/v1:RayCluster", "one", {"spec": spec}).resource())

    assert next(found).spec.path == "spec.workerGroupSpecs.0.template.spec"
    with pytest.raises(Undecided, match="headGroupSpec"):
        next(found)


def test_types_name_no_kind_that_has_no_pods() -> None:
    assert not any("ServiceAccount" in type_ or "*:*" in type_ for type_ in WORKLOADS)


def pods(type_: str, document: dict[str, Any]) -> list[Pod]:
    return list(pods_of(Sample(f"kubernetes:{type_}", "one", document).resource()))
