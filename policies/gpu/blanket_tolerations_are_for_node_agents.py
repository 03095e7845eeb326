"""Only what belongs on every node tolerates every taint."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.mappings import elements
from policies.placements import TYPES, Placement, names_of, placements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource
from policies.taints import toleration


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at tolerations without a key: `operator: Exists` alone."""
    if resource.kind.removesuffix("Patch") == "DaemonSet":
        return
    yield from each(placements(resource), lambda placement: _tolerating(placement, configuration))


def _tolerating(placement: Placement, configuration: Properties) -> Iterator[Violation]:
    given = elements(placement.properties, "tolerations")
    yield from each(given, lambda one: _blanket(placement.resource, one, configuration))


def _blanket(resource: Resource, given: Properties, configuration: Properties) -> Iterator[Violation]:
    one = toleration(given)
    if not one.is_blanket or one.effect == "PreferNoSchedule":
        return
    if names_of(resource).isdisjoint(configuration.texts("node_agents")):
        yield Violation(
            f"tolerates every taint with {one}", "name the keys of the taints that its pods may ignore", given.path
        )


POLICY = ResourcePolicy(
    name="blanket-tolerations-are-for-node-agents",
    description="Only node agents tolerate every taint.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "node_agents": texts(
                "Charts, releases, add-ons and objects that run on every node; daemon sets always may.",
                [
                    "aws-ebs-csi-driver",
                    "aws-efa-k8s-device-plugin",
                    "aws-efs-csi-driver",
                    "aws-fsx-csi-driver",
                    "aws-mountpoint-s3-csi-driver",
                    "dcgm-exporter",
                    "gpu-operator",
                    "nvidia-device-plugin",
                    "opentelemetry-collector",
                    "spegel",
                    "vpc-cni",
                ],
            )
        }
    ),
    types=TYPES,
    validate=validate,
)
