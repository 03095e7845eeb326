"""Keys and secrets can be got back for some days after somebody deletes them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

WINDOWS = {
    "aws:kms/externalKey:ExternalKey": "deletionWindowInDays",
    "aws:kms/key:Key": "deletionWindowInDays",
    "aws:kms/replicaExternalKey:ReplicaExternalKey": "deletionWindowInDays",
    "aws:kms/replicaKey:ReplicaKey": "deletionWindowInDays",
    "aws:secretsmanager/secret:Secret": "recoveryWindowInDays",
}
"""Where nothing is given, AWS waits 30 days, the longest there is."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the window; a secret without one, of 0 days, is gone at once."""
    if resource.environment in configuration.texts("relaxed_environments"):
        return
    path = WINDOWS[resource.type]
    least = configuration.number("minimum_days") or 0
    days = resource.properties.number(path)
    if days is not None and days < least:
        yield Violation(f"is {days:g} days", f"set it to at least {least:g}, or leave it out for 30", path)


POLICY = ResourcePolicy(
    name="deletions-can-be-undone",
    description="Outside development, keys and secrets can be got back for days after they are deleted.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minimum_days": {
                "type": "number",
                "description": "Days in which a deletion can be undone; AWS allows 7 to 30",
                "default": 30,
            },
            **relaxed_environments(),
        }
    ),
    types=tuple(WINDOWS),
    validate=validate,
)
