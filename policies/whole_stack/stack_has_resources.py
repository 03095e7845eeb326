"""The stack makes something."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Stack


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look for one resource that is neither the engine's own nor a component: those make nothing by themselves."""
    if not any(_makes_something(resource.type) for resource in stack.resources):
        fault = "has no resources, so that no other policy has anything to refuse"
        yield Violation(fault, "look why the program made none; destroy the stack if that is what is meant")


def _makes_something(type_: str) -> bool:
    package, _, _ = type_.partition(":")
    # A type with a module of three parts, `aws:s3/bucket:Bucket`, is a provider's; components name their own module.
    return package != "pulumi" and "/" in type_


POLICY = StackPolicy(
    name="stack-has-resources",
    description="The stack has resources: an empty program would keep every other policy.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
