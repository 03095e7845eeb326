"""Buckets of audit logs are locked: nobody can take away or change what was written."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial

from policies.buckets import buckets, companions
from policies.configuration import relaxed_environments, texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource, Stack

RETENTION = "rule.defaultRetention"
REMEDY = "add a BucketObjectLockConfiguration with a default retention in mode COMPLIANCE"
DAYS_OF_A_YEAR = 365


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the buckets that are named as audit logs."""
    if stack.environment in configuration.texts("relaxed_environments"):
        return
    patterns = configuration.texts("audit_buckets")
    audit = [bucket for bucket in buckets(stack) if any(fnmatchcase(bucket.name, pattern) for pattern in patterns)]
    yield from each(audit, partial(_bucket, stack, configuration))


def _bucket(stack: Stack, configuration: Properties, bucket: Resource) -> Iterator[Violation]:
    yield from each([bucket], _enabled)
    found = companions(stack, bucket, "BucketObjectLockConfiguration")
    if not found:
        yield Violation("has no default retention: what is written is not locked", REMEDY, "", bucket)
    yield from each(found, partial(_lock, configuration))


def _enabled(bucket: Resource) -> Iterator[Violation]:
    if bucket.properties.flag("objectLockEnabled") is not True:
        yield Violation("is not true", "set it to true", "objectLockEnabled", bucket)


def _lock(configuration: Properties, lock: Resource) -> Iterator[Violation]:
    yield from each((_mode, _days), lambda check: check(configuration, lock), lock)


def _mode(configuration: Properties, lock: Resource) -> Iterator[Violation]:
    allowed = configuration.texts("modes")
    retention = lock.properties.inner(RETENTION)
    mode = retention.text("mode")
    if mode not in allowed:
        fault = "is absent" if mode is None else f"is {shown(mode)}"
        yield Violation(fault, f"set it to {' or '.join(allowed)}", retention.at("mode"), lock)


def _days(configuration: Properties, lock: Resource) -> Iterator[Violation]:
    retention = lock.properties.inner(RETENTION)
    least = configuration.number("minimum_days") or 0
    days = retention.number("days")
    if days is None:  # one of the two is given, and the provider fills in the other later
        days = DAYS_OF_A_YEAR * (retention.number("years") or 0)
    if days < least:
        yield Violation(f"holds for {days:g} days", f"set days to at least {least:g}", retention.path, lock)


POLICY = StackPolicy(
    name="audit-buckets-are-locked",
    description="Outside development, what is written into buckets of audit logs cannot be changed or deleted.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "audit_buckets": texts(
                "Logical names of the buckets that it is about; * stands for anything", ["*-logs", "*-audit", "*-trail"]
            ),
            "minimum_days": {
                "type": "number",
                "description": "Days for which an object is locked",
                "default": 30,
            },
            "modes": {
                "type": "array",
                "items": {"type": "string", "enum": ["COMPLIANCE", "GOVERNANCE"]},
                "description": "Modes of the lock; in GOVERNANCE, whoever has the permission can take it off",
                "default": ["COMPLIANCE"],
            },
            **relaxed_environments(),
        }
    ),
    validate=validate,
)
