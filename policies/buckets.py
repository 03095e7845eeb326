"""Buckets, and the resources that each say one thing about a bucket: its encryption, its versions, its life cycle."""

from __future__ import annotations

from collections.abc import Iterator

from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")


def buckets(stack: Stack) -> list[Resource]:
    """Return the general-purpose buckets of a stack."""
    return stack.of_type(*BUCKETS)


def companions(stack: Stack, bucket: Resource, kind: str) -> list[Resource]:
    """Return what says one thing about a bucket, by the kind of resource: `BucketVersioning`.

    Raises `Undecided` where there is none, but one whose bucket is not known at all: it could be this one's.
    """
    types = tuple(f"aws:s3/{kind[0].lower()}{kind[1:]}{suffix}:{kind}{suffix}" for suffix in ("", "V2"))
    found = stack.referring(bucket, "bucket", *types, names=("id", "bucket"))
    if not found:
        for each in stack.of_type(*types):
            if not each.property_dependencies.get("bucket"):
                each.properties.text("bucket")
    return found


def inline(bucket: Resource, *paths: str) -> Iterator[Properties]:
    """Give a configuration that stands in the bucket itself, if it is known: BucketV2 has it as a list, in the plural.

    The provider fills these in from what AWS answers, so in a preview they are unknown although nobody gave them: that
    must not make a bucket without a companion pass.
    """
    for path in paths:
        try:
            found = bucket.properties.inners(path)
        except Undecided:
            continue
        yield from found
