"""Logs are kept long enough to look into what happened, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.configuration import relaxed_environments, texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties, Undecided
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the days of retention; groups whose name says audit are held to more outside development."""
    days = resource.properties.number("retentionInDays")
    least = configuration.number("minimum_days") or 0
    relaxed = resource.environment in configuration.texts("relaxed_environments")
    if not relaxed and _is_audit(resource, configuration.texts("audit_logs")):
        least = configuration.number("minimum_days_of_audit_logs") or 0
    if not days:
        yield Violation("is absent: the log is kept for ever", f"set it to {least:g} or more", "retentionInDays")
    elif days < least:
        yield Violation(f"is {days:g} days", f"set it to at least {least:g}", "retentionInDays")


def _is_audit(resource: Resource, patterns: list[str]) -> bool:
    try:
        name = resource.properties.text("name") or resource.name
    except Undecided:
        name = resource.name
    return any(fnmatchcase(name.lower(), pattern) for pattern in patterns)


POLICY = ResourcePolicy(
    name="logs-are-retained",
    description="Every log group says how long it is kept, and logs of access to data and networks are kept longer.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minimum_days": {
                "type": "number",
                "description": "Days that every log group keeps its events",
                "default": 14,
            },
            "minimum_days_of_audit_logs": {
                "type": "number",
                "description": "Days that audit logs are kept outside the relaxed environments",
                "default": 30,
            },
            "audit_logs": texts(
                "Names of log groups that say who did what, in lower case; * stands for anything",
                ["/aws/eks/*/cluster", "*flow-log*", "*flowlog*", "*cloudtrail*", "*audit*"],
            ),
            **relaxed_environments("Environments in which audit logs are held to no more than the others"),
        }
    ),
    types=("aws:cloudwatch/logGroup:LogGroup",),
    validate=validate,
)
