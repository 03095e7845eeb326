"""A cluster's public API endpoint answers named ranges only."""

from __future__ import annotations

from collections.abc import Iterator

from policies.addresses import too_wide, widest_entries
from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

REMEDY = "set vpcConfig.endpointPublicAccess to false, or name the ranges in vpcConfig.publicAccessCidrs"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Read what is absent as EKS does: the endpoint is public, and open to 0.0.0.0/0."""
    if resource.environment in configuration.texts("relaxed_environments"):
        return
    endpoint = resource.properties.inner("vpcConfig")
    if endpoint.flag("endpointPublicAccess") is False:
        return
    if endpoint.count("publicAccessCidrs") == 0:
        yield Violation("lets everybody reach the public API endpoint", REMEDY, endpoint.at("publicAccessCidrs"))
        return
    paths = [f"publicAccessCidrs.{number}" for number in range(endpoint.count("publicAccessCidrs"))]
    yield from each(paths, lambda path: _wide(endpoint, path, configuration))


def _wide(endpoint: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    if fault := too_wide(endpoint, path, configuration):
        yield Violation(f"lets into the public API endpoint {fault}", REMEDY, endpoint.at(path))


POLICY = ResourcePolicy(
    name="public-api-endpoint-has-allow-list",
    description="A cluster's public API endpoint answers named ranges only.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "relaxed_environments": texts("Environments whose public endpoint may answer anybody.", []),
            **widest_entries(20, 48),
        }
    ),
    types=("aws:eks/cluster:Cluster",),
    validate=validate,
)
