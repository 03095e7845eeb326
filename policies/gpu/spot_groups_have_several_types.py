"""Spot capacity is drawn from several instance types."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.pools import NODE_GROUP, NODE_POOL, machines_of
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Count the types of a spot group; a family counts with all its types."""
    machines = machines_of(resource)
    if machines is None or not machines.spot:
        return
    wanted = int(configuration.number("minimum") or 0)
    types = machines.types
    patterns = [type_ for type_ in types if "*" in type_]
    if len(set(types)) >= wanted or patterns:
        return
    path = "instanceTypes" if resource.type == NODE_GROUP else "spec.template.spec.requirements"
    yield Violation(
        f"may be on spot capacity and has {len(set(types))} instance types ({', '.join(types) or 'none'})",
        f"name at least {wanted}: each is a pool of spare capacity more to draw from",
        path,
    )


POLICY = ResourcePolicy(
    name="spot-groups-have-several-types",
    description="Nodes on spot capacity may be of several instance types.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minimum": {"type": "integer", "minimum": 1, "description": "How many types at least.", "default": 3}
        }
    ),
    types=(NODE_GROUP, NODE_POOL),
    validate=validate,
)
