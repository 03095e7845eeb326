"""Buckets keep the versions of an object that are overwritten or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.buckets import buckets, companions, inline
from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource, Stack

REMEDY = "add a BucketVersioning with versioningConfiguration.status Enabled"


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look at the versioning of every bucket, wherever it stands."""
    yield from each(buckets(stack), partial(_bucket, stack))


def _bucket(stack: Stack, bucket: Resource) -> Iterator[Violation]:
    found = companions(stack, bucket, "BucketVersioning")
    yield from each(found, _versioning)
    if not found and not any(versioning.flag("enabled") for versioning in inline(bucket, "versioning", "versionings")):
        yield Violation("keeps no versions: what is overwritten or deleted is lost", REMEDY, "", bucket)


def _versioning(versioning: Resource) -> Iterator[Violation]:
    path = "versioningConfiguration.status"
    status = versioning.properties.text(path)
    if status != "Enabled":
        fault = "is absent" if status is None else f"is {shown(status)}"
        yield Violation(fault, "set it to Enabled", path, versioning)


POLICY = StackPolicy(
    name="buckets-are-versioned",
    description="Every bucket keeps the versions of an object that are overwritten or deleted.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
