"""Servers say when they can take requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.mappings import Found, elements
from policies.pod_security import any_matches
from policies.pods import Pod, container_name, name_of, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.releases import RELEASES, release_of
from policies.resources import Resource

FORMS: Final = ("httpGet", "tcpSocket", "grpc", "exec")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at containers that open a port, and for probes that a chart's values switch off."""
    probes = configuration.texts("probes")
    if release := release_of(resource):
        yield from each(release.mappings(), lambda found: _switched_off(found, probes))
    elif not any_matches(configuration.texts("exempt_workloads"), f"{namespace_of(resource)}/{name_of(resource)}"):
        yield from each(pods_of(resource), lambda pod: _in_pod(pod, probes))


def _in_pod(pod: Pod, probes: list[str]) -> Iterator[Violation]:
    """A pod none of whose containers opens a port has one that works without: it needs a probe all the same."""
    containers = list(elements(pod.spec, "containers"))
    serving = [container for container in containers if container.count("ports")] or containers[:1]
    for probe in probes:
        yield from each(serving, lambda container, probe=probe: _lacks(container, probe))


def _lacks(container: Properties, probe: str) -> Iterator[Violation]:
    if not any(container.has(f"{probe}.{form}") for form in FORMS):
        yield Violation(
            f"{container_name(container)} has no {probe}",
            "give it one that asks the server itself",
            container.at(probe),
        )


def _switched_off(found: Found, probes: list[str]) -> Iterator[Violation]:
    if any(found.key.lower().endswith(probe.lower()) for probe in probes) and found.here.flag("enabled") is False:
        yield Violation("is switched off", "leave it on", found.here.at("enabled"))


POLICY = ResourcePolicy(
    name="containers-have-probes",
    description="Every container of a Deployment or StatefulSet that opens a port has a readiness probe.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "probes": {
                "type": "array",
                "items": {"type": "string", "enum": ["readinessProbe", "livenessProbe", "startupProbe"]},
                "description": "Probes that are demanded.",
                "default": ["readinessProbe"],
            },
            "exempt_workloads": texts(
                "Workloads of charts that have no value for it, as `namespace/name`; `*` for anything.",
                [
                    "cert-manager/cert-manager",
                    "cert-manager/cert-manager-cainjector",
                    "external-secrets/external-secrets",
                ],
            ),
        }
    ),
    types=(
        "kubernetes:apps/*:Deployment",
        "kubernetes:apps/*:StatefulSet",
        *RELEASES,
    ),
    validate=validate,
)
