"""Changes to samples that have pods, which the breaks of several policies make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.policies.breaking import Break, Instead, Mutation
from tests.policies.sample import Sample
from tests.policies.samples.workloads import OF_POD, SAMPLES

DIGEST = "sha256:" + "0123456789abcdef" * 4
SERVER = "deployment-llama-8b"
POD = "spec.template.spec"
GPU = "[nvidia.com/gpu]"
PODS: Mapping[str, str] = {
    SERVER: POD,
    "statefulset-session-store": POD,
    "cronjob-nightly-evaluation": "spec.jobTemplate.spec.template.spec",
    "pod-debugging": "spec",
    "raycluster-batch": "spec.workerGroupSpecs.*.template.spec",
}
"""Where each sample has its pods."""
CONTAINERS = ("containers", "initContainers")

Document = dict[str, Any]


def named(name: str) -> Sample:
    """Return a sample of workloads."""
    return next(sample for sample in SAMPLES if sample.name == name)


def everywhere(path: str, values: Sequence[Any]) -> list[Mutation]:
    """Break a property of pods in every kind that has them."""
    return [Break(sample, f"{pod}.{path}", values) for sample, pod in PODS.items()]


def adding(**values: Any) -> Callable[[Document | None], Document]:
    """A mapping with further keys."""
    return lambda given: {**(given or {}), **values}


def patch_without(key: str) -> Instead:
    """A patch of the Deployment, which leaves out what no pod may be without."""

    def less(given: Document) -> Document:
        kept = {name: value for name, value in given.items() if name != key}
        return {name: [less(one) for one in value] if name in CONTAINERS else value for name, value in kept.items()}

    def changed(sample: Sample) -> Sample:
        spec = sample.inputs["spec"]
        template = {**spec["template"], "spec": less(spec["template"]["spec"])}
        return sample.changed(
            type="kubernetes:apps/v1:DeploymentPatch", inputs={**sample.inputs, "spec": {**spec, "template": template}}
        )

    return Instead(SERVER, changed, f"is a patch without {key}")


def security_by_container(spec: Document) -> Document:
    """A pod's spec that says of every container what it said of the pod."""

    def whole(container: Document) -> Document:
        return {**container, "securityContext": {**container["securityContext"], **OF_POD}}

    return {**spec, "securityContext": {}, **{kind: [whole(one) for one in spec[kind]] for kind in CONTAINERS}}


def resources_by_pod(spec: Document) -> Document:
    """A pod's spec whose second container has no resources, but the pod has."""
    first, second = spec["containers"]
    return {**spec, "resources": second["resources"], "containers": [first, {**second, "resources": {}}]}


def without_ports(containers: list[Document]) -> list[Document]:
    """Containers none of which opens a port, or is probed."""
    return [{key: value for key, value in one.items() if key not in ("ports", "readinessProbe")} for one in containers]


def unprobed_second(containers: list[Document]) -> list[Document]:
    """Containers of which the second opens a port too, and is not probed."""
    first, second = containers
    return [first, {**second, "ports": [{"containerPort": 9090}]}]


def of_cluster(name: str, kind: str) -> Sample:
    """A role or binding of the whole cluster that gives all rights."""
    sample = named(name)
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    change: Document = {"rules": rules} if kind == "ClusterRole" else {"roleRef": {"name": "cluster-admin"}}
    type_ = f"kubernetes:rbac.authorization.k8s.io/v1:{kind}"
    return sample.changed(type=type_, name=kind, inputs={**sample.inputs, **change})


def untagged(image: str) -> str:
    """The name of an image alone."""
    return image.partition("@")[0].rpartition(":")[0]


def mounting(group: Document) -> Document:
    """A group of a Ray cluster whose pods mount a token."""
    template = group["template"]
    return {**group, "template": {**template, "spec": {**template["spec"], "automountServiceAccountToken": True}}}


def mounting_head(spec: Document) -> Document:
    """A Ray cluster without an autoscaler, whose head mounts a token all the same."""
    return {**spec, "enableInTreeAutoscaling": False, "headGroupSpec": mounting(spec["headGroupSpec"])}


def renamed(sample: Sample) -> Sample:
    """A sample that is called otherwise in Kubernetes."""
    return sample.changed(inputs={**sample.inputs, "metadata": {**sample.inputs["metadata"], "name": "other"}})


def serving(type_: str, name: str, **more: Any) -> Sample:
    """A workload that serves a model, without a disruption budget; more: of its pod's spec."""
    labels = {"app.kubernetes.io/name": name, "llm-platform/model": name, "llm-platform/workload": "inference"}
    pod = {**named(SERVER).inputs["spec"]["template"]["spec"], **more}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"leaderWorkerTemplate": {"workerTemplate": template}} if "leader" in type_ else {"template": template}
    inputs = {"metadata": {"name": name, "namespace": "serving"}, "spec": spec}
    return named(SERVER).changed(type=f"kubernetes:{type_}", name=name, inputs=inputs)
