"""What holds data, or the keys to it, is not deleted by an update."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments, texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

FORCED = ("forceDestroy", "forceDelete")
"""Inputs that delete a resource with everything in it."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at Pulumi's protection, and at what would empty the resource first."""
    if resource.environment in configuration.texts("relaxed_environments"):
        return
    if resource.type not in configuration.texts("scratch_types") and not resource.protect:
        yield Violation("is not protected in Pulumi", "declare it with protect=True")
    yield from each(FORCED, lambda path: _forced(resource.properties, path))


def _forced(properties: Properties, path: str) -> Iterator[Violation]:
    if properties.flag(path):
        yield Violation("is true: deletion takes what is in it along", "set it to false", path)


POLICY = ResourcePolicy(
    name="stateful-resources-are-protected",
    description="Outside development, no update deletes buckets, keys, file systems, volumes, backups or images.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "scratch_types": texts(
                "Types that hold only what can be fetched again",
                ["aws:fsx/lustreFileSystem:LustreFileSystem", "aws:fsx/fileCache:FileCache"],
            ),
            **relaxed_environments(),
        }
    ),
    types=(
        "aws:backup/vault:Vault",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:fsx/*FileSystem:*FileSystem",
        "aws:fsx/fileCache:FileCache",
        "aws:kms/*Key:*Key",
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "aws:s3/directoryBucket:DirectoryBucket",
        "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
        "aws:s3tables/tableBucket:TableBucket",
    ),
    validate=validate,
)
