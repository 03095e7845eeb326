"""Every bucket has a public access block with all of its four flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

FLAGS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look for a bucket's block, and at the flags of every block, also of buckets that are elsewhere."""
    buckets = stack.of_type("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    yield from each(buckets, lambda bucket: _unblocked(stack, bucket))
    blocks = stack.of_type(BLOCK, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
    yield from each(blocks, _weak)


def _unblocked(stack: Stack, bucket: Resource) -> Iterator[Violation]:
    if not stack.referring(bucket, "bucket", BLOCK, names=("bucket",)):
        remedy = f"give it a BucketPublicAccessBlock with {', '.join(FLAGS)}"
        yield Violation("has no public access block", remedy, resource=bucket)


def _weak(block: Resource) -> Iterator[Violation]:
    def check(flag: str) -> Iterator[Violation]:
        if block.properties.flag(flag) is not True:
            yield Violation("is not true", f"set {flag} to true", flag, block)

    yield from each(FLAGS, check, block)


POLICY = StackPolicy(
    name="buckets-block-public-access",
    description="Every bucket has a public access block with all of its four flags.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
