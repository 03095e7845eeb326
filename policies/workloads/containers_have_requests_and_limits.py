"""Containers say what they need, and how much memory they may take at most."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.pod_security import any_matches
from policies.pods import WORKLOADS, Pod, container_name, name_of, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.quantities import quantity
from policies.reading import Properties
from policies.releases import RELEASES, release_of
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the containers of pods, and at the blocks in a chart's values that give resources."""
    if release := release_of(resource):
        yield from each(release.blocks("resources"), lambda block: _in_values(block, configuration))
    elif not any_matches(configuration.texts("exempt_workloads"), f"{namespace_of(resource)}/{name_of(resource)}"):
        yield from each(pods_of(resource), lambda pod: _in_pod(pod, configuration))


def _in_pod(pod: Pod, configuration: Properties) -> Iterator[Violation]:
    """What a pod has as a whole, its containers need not have."""
    if pod.whole:
        whole = pod.spec.inner("resources")
        yield from each(pod.declared(), lambda container: _in_container(container, whole, configuration))


def _in_container(container: Properties, whole: Properties, configuration: Properties) -> Iterator[Violation]:
    own = container.inner("resources")
    limits, requests = own.inner("limits"), own.inner("requests")

    def lacks_request(name: str) -> Iterator[Violation]:
        # Kubernetes takes the limit for the request where only a limit is given.
        places = (requests, limits if not requests.has(name) else requests, whole.inner("requests"))
        yield from _lacking(container, "request", name, places)

    def lacks_limit(name: str) -> Iterator[Violation]:
        yield from _lacking(container, "limit", name, (limits, whole.inner("limits")))

    yield from each(configuration.texts("requests"), lacks_request)
    yield from each(configuration.texts("limits"), lacks_limit)


def _lacking(container: Properties, kind: str, resource: str, places: tuple[Properties, ...]) -> Iterator[Violation]:
    if not any(quantity(place, resource) for place in places):
        name = container_name(container)
        yield Violation(
            f"{name} has no {resource} {kind}", f"give it a {kind} of {resource}", container.at("resources")
        )


def _in_values(block: Properties, configuration: Properties) -> Iterator[Violation]:
    """What a block leaves out the chart may have, but who gives requests says what the limit is; not for a disk."""
    limits = block.inner("limits")

    def lacks(name: str) -> Iterator[Violation]:
        if not quantity(limits, name):
            yield Violation(f"gives requests without a {name} limit", f"give a limit of {name} as well", block.path)

    if block.has("requests") and not block.has("requests.storage"):
        yield from each(configuration.texts("limits"), lacks)


POLICY = ResourcePolicy(
    name="containers-have-requests-and-limits",
    description="Every container requests CPU and memory and has a limit of memory.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "requests": texts(
                "Resources that must be requested; a limit counts, for it becomes the request.", ["cpu", "memory"]
            ),
            "limits": texts(
                "Resources that must have a limit. A CPU limit slows a container even on an idle node.", ["memory"]
            ),
            "exempt_workloads": texts(
                "Workloads of charts that have no value for all of their containers, as `namespace/name`; `*` for "
                "anything. Their namespaces want a LimitRange.",
                ["kube-system/nvidia-device-plugin*", "mlflow/mlflow"],
            ),
        }
    ),
    types=(*WORKLOADS, *RELEASES),
    validate=validate,
)
