"""The stack file switches no policy off."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Stack
from policies.stack_file import KEY, read_stack_file


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Say which policies are switched off: unlike an exemption, that has no owner and never ends."""
    if stack.environment in configuration.texts("relaxed_environments"):
        return
    for policy, level in sorted(read_stack_file().levels.items()):
        if level == "disabled":
            remedy = "set it to advisory, or exempt single resources until a day"
            yield Violation(f"{policy} is not asked here", remedy, f"{KEY}.levels.{policy}")


POLICY = StackPolicy(
    name="levels-are-kept",
    description="The stack file of an environment that matters switches no policy off.",
    severity=Severity.LOW,
    enforcement_level=EnforcementLevel.ADVISORY,
    config_schema=PolicyConfigSchema(
        properties={**relaxed_environments("Environments where policies may be switched off.")}
    ),
    validate=validate,
)
