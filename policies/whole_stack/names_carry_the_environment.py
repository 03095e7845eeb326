"""What has one name in the whole account carries its environment in it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.configuration import texts
from policies.environments import CONFIGURATION, misnamed
from policies.ownership import identity_facts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the name; keys' aliases, buckets and roles are other policies' matter."""
    path = identity_facts().named_for_the_account[resource.type]
    name = resource.properties.text(path) or ""
    if not any(fnmatchcase(name, pattern) for pattern in configuration.texts("shared_names")):
        yield from misnamed(resource, configuration, path)
        yield from misnamed(resource, configuration, f"{path}Prefix")


POLICY = ResourcePolicy(
    name="names-carry-the-environment",
    description="What has one name in the whole account carries its environment in it, and no other's.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "shared_names": texts(
                "Names that need no environment, where one environment has what all use; * is anything.", []
            ),
        }
    ),
    types=tuple(identity_facts().named_for_the_account),
    validate=validate,
)
