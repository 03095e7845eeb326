"""Pod templates inside Kubernetes objects: one view of the pods that any kind makes.

A template is found where the kinds of Kubernetes itself have theirs, and in objects of operators (a RayCluster, a
JobSet, a LeaderWorkerSet) wherever a mapping has a list of containers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.mappings import elements, gathered, has_list, mappings_in
from policies.reading import Properties, Undecided
from policies.resources import Resource, is_of

_TEMPLATES: Final[Mapping[str, str]] = {
    "Pod": "",
    "PodTemplate": "template",
    "ReplicationController": "spec.template",
    "Deployment": "spec.template",
    "StatefulSet": "spec.template",
    "DaemonSet": "spec.template",
    "ReplicaSet": "spec.template",
    "Job": "spec.template",
    "CronJob": "spec.jobTemplate.spec.template",
}
"""Where the kinds of Kubernetes itself have their template."""

_KUBERNETES: Final = tuple(
    f"kubernetes:{group}:{kind}{patch}"
    for kind in _TEMPLATES
    for group in ("core/*", "apps/*", "batch/*", "extensions/*")
    for patch in ("", "Patch")
)
_OPERATORS: Final = tuple(
    f"kubernetes:{group}/*"
    for group in (
        "argoproj.io",
        "jobset.x-k8s.io",
        "keda.sh",
        "kubeflow.org",
        "leaderworkerset.x-k8s.io",
        "ray.io",
        "serving.knative.dev",
        "serving.kserve.io",
        "sparkoperator.k8s.io",
        "trainer.kubeflow.org",
    )
)
WORKLOADS: Final = (*_KUBERNETES, *_OPERATORS)
"""Types that make pods, for a policy's `types`."""

_COMPLETED: Final = ("sparkoperator.k8s.io", "trainer.kubeflow.org")
"""Groups whose operators complete the pods: requests, images and mounts come from elsewhere in the object."""
_PARTIAL: Final[Mapping[str, tuple[str, ...]]] = {
    "SparkApplication": ("spec.driver", "spec.executor"),
    "ScheduledSparkApplication": ("spec.template.driver", "spec.template.executor"),
}
"""Parts without a list of containers that speak of pods in a pod's own words: tolerations, volumes, host network."""
_OVERRIDES: Final = ("spec.podTemplateOverrides", "spec.runtimePatches")
"""Of a TrainJob: lists of changes to the pods of its runtime."""
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_DECLARED: Final = ("containers", "initContainers")


@dataclass(frozen=True)
class Pod:
    """A pod as an object asks for it."""

    template: Properties
    """Holds the labels of its pods, which need not be known for the rest to be judged."""
    spec: Properties
    """Its `path` is where it stands in the object."""
    whole: bool = True
    """False for a patch, and for a template that an operator completes: what is absent need not be so in the pod."""
    labels_path: str = "metadata.labels"
    """Where in the template they stand."""

    @property
    def labels(self) -> Properties:
        """Labels of its pods."""
        return self.template.inner(self.labels_path)

    def containers(self) -> Iterator[Properties]:
        """Give all its containers: init containers, sidecars and ephemeral ones too."""
        yield from gathered(_CONTAINERS, lambda kind: elements(self.spec, kind))

    def declared(self) -> Iterator[Properties]:
        """Give the containers that a template can have resources for: all but the ephemeral ones."""
        yield from gathered(_DECLARED, lambda kind: elements(self.spec, kind))


def kind_of(resource: Resource) -> str:
    """Return the kind of an object; of a patch the kind that it patches."""
    return resource.kind.removesuffix("Patch")


def name_of(resource: Resource) -> str:
    """Return an object's name in Kubernetes; its logical name where it has none of its own."""
    return resource.properties.text("metadata.name") or resource.name


def container_name(container: Properties) -> str:
    """Return a container's name, for messages."""
    try:
        return container.text("name") or "the container"
    except Undecided:
        return "the container"


def namespace_of(resource: Resource) -> str:
    """Return the namespace of an object or release."""
    path = "namespace" if resource.type.startswith("kubernetes:helm.sh/") else "metadata.namespace"
    return resource.properties.text(path) or "default"


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Give the pods that an object asks for; what is not known yet, or of a wrong type, is raised after the others."""
    if is_of(resource.type, _KUBERNETES):
        path = _TEMPLATES[kind_of(resource)]
        template = resource.properties.inner(path) if path else resource.properties
        if template.has("spec"):
            yield Pod(template, template.inner("spec"), whole=not resource.kind.endswith("Patch"))
    elif is_of(resource.type, _OPERATORS):
        group = resource.type.removeprefix("kubernetes:").partition("/")[0]
        whole = group not in _COMPLETED and not resource.kind.endswith("Patch")
        yield from gathered(_PARTIAL.get(kind_of(resource), ()), lambda path: [_part(resource.properties.inner(path))])
        if kind_of(resource) == "TrainJob":
            for part in (each for path in _OVERRIDES for each in resource.properties.inners(path)):
                if not part.has("spec.containers"):  # those with containers are found with all others
                    yield Pod(part, part.inner("spec"), whole=False)

        yield from _of_operator(resource, whole)


def _part(part: Properties) -> Pod:
    return Pod(part, part, whole=False, labels_path="labels")


def _of_operator(resource: Resource, whole: bool) -> Iterator[Pod]:
    for found in mappings_in(resource.properties):
        if has_list(found.here, "containers"):
            yield Pod(found.above, found.here, whole)
