"""Exemptions of the stack file are current, and about something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from policies import clock
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Stack
from policies.stack_file import KEY, Exemption, read_stack_file

NAME = "exemptions-hold"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at each exemption. Violations are about the stack, so that no exemption covers them."""
    for number, exemption in enumerate(read_stack_file().exemptions):
        path = f"{KEY}.exemptions.{number}"
        about = f"{exemption.policy} on {exemption.resource}, of {exemption.owner} ({exemption.reason})"
        for fault, remedy in _faults(stack, configuration, exemption):
            yield Violation(f"the exemption from {about} {fault}", remedy, path)


def _faults(stack: Stack, configuration: Properties, exemption: Exemption) -> Iterator[tuple[str, str]]:
    today = clock.today()
    days = int(configuration.number("days") or 0)
    if not exemption.holds(today):
        yield f"ended on {exemption.expires}", "mend the resource and take the exemption out"
    elif exemption.expires > today + timedelta(days=days):
        latest = today + timedelta(days=days)
        yield f"ends on {exemption.expires}, in more than {days} days", f"choose a day up to {latest}"
    if exemption.policy == NAME:
        yield "is from the policy that watches exemptions", "take it out"
    if not exemption.resource.strip("*?"):
        yield "covers every resource", "name the resource, or set the policy's level for the whole environment"
    elif not any(exemption.covers(exemption.policy, each.name, each.urn) for each in stack.resources):
        yield "meets no resource of the stack", "take it out, or name the resource as the program does"


POLICY = StackPolicy(
    name=NAME,
    description="Exemptions of the stack file name a resource that there is, and end on a day that has not passed.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "days": {
                "type": "integer",
                "minimum": 0,
                "maximum": 3660,
                "description": "Longest time that an exemption may still have to run.",
                "default": 370,
            }
        }
    ),
    validate=validate,
)
