"""Keys get fresh key material every year."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

BY_DEFAULT_DAYS = 365
"""Rotation period of AWS where none is given."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at keys that AWS can rotate: symmetric ones for encryption, whose material KMS itself holds."""
    key = resource.properties
    if key.has("customKeyStoreId") or key.has("xksKeyId"):
        return
    if key.text("customerMasterKeySpec") not in (None, "SYMMETRIC_DEFAULT"):
        return
    yield from each((_on, partial(_often, configuration=configuration)), lambda check: check(key))


def _on(key: Properties) -> Iterator[Violation]:
    if key.flag("enableKeyRotation") is not True:
        yield Violation("is not on: the key material stays for ever", "set it to true", "enableKeyRotation")


def _often(key: Properties, configuration: Properties) -> Iterator[Violation]:
    most = configuration.number("maximum_days") or 0
    given = key.number("rotationPeriodInDays")
    days = BY_DEFAULT_DAYS if given is None else given
    if days > most:
        yield Violation(f"is {days:g} days", f"set it to at most {most:g}", "rotationPeriodInDays")


POLICY = ResourcePolicy(
    name="keys-rotate",
    description="Every symmetric key rotates its key material.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "maximum_days": {
                "type": "number",
                "description": "Longest time between two rotations; AWS takes 365 where the key says nothing",
                "default": 365,
            }
        }
    ),
    types=("aws:kms/key:Key",),
    validate=validate,
)
