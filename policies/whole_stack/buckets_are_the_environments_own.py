"""Buckets carry the name of their environment."""

from __future__ import annotations

from collections.abc import Iterator

from policies.environments import CONFIGURATION, misnamed
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the name; one that the engine makes is no other bucket's."""
    for path in ("bucket", "bucketPrefix"):
        yield from misnamed(resource, configuration, path)


POLICY = ResourcePolicy(
    name="buckets-are-the-environments-own",
    description="Buckets carry the name of their environment, and no other's.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(properties={**CONFIGURATION}),
    types=("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket"),
    validate=validate,
)
