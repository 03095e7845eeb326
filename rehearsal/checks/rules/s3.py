"""What S3 refuses in buckets and their configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from rehearsal.checks.documents import as_list, document, strings
from rehearsal.checks.reading import is_absent, items, mappings, numbers, of, text, texts
from rehearsal.checks.rule import Broken, exactly_one, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

BUCKET, POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
BLOCK, VERSIONING = (
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketVersioning:BucketVersioning",
)
MOST_DAYS, MOST_YEARS = 36500, 100
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@rule(BUCKET, source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html")
def bucket_name(r: Registration, _: World) -> Broken:
    """A bucket's name has S3's grammar."""
    for at, name in texts(r, "bucket"):
        reserved = name.startswith(_PREFIXES) or name.endswith(_SUFFIXES)
        if not _NAME.fullmatch(name) or ".." in name or reserved or _is_address(name):
            yield (
                at,
                f"{name!r}: 3 to 63 lower-case letters, digits, dots, hyphens; no address or reserved affix",
            )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@rule(ENCRYPTION, source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html")
def encryption(r: Registration, _: World) -> Broken:
    """A bucket has one encryption rule, and only KMS has a key."""
    if items(r, "rules") == []:
        yield "rules", "is empty"
    path = "rules[].applyServerSideEncryptionByDefault"
    for at, default in mappings(r, path):
        if of(default, "sseAlgorithm") == "AES256" and of(default, "kmsMasterKeyId"):
            yield f"{at}.kmsMasterKeyId", "AES256 takes no key; use aws:kms"


# What an action is about, where S3 insists that the statement has a resource of that kind.
_ON_OBJECTS = re.compile(r"s3:(?:Get|Put|Delete|Restore|Abort)\w*Object\w*|s3:AbortMultipartUpload")
_ON_BUCKETS = re.compile(r"s3:(?:List(?:Bucket\w*|AllMyBuckets)|(?:Get|Put|Delete)(?:Bucket|Encryption|Lifecycle)\w*)")


@rule(POLICY, source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html")
def bucket_policy(r: Registration, world: World) -> Broken:
    """A bucket's policy is about that bucket, its actions fit its resources, and it is not public."""
    found, bucket = document(r, "policy"), text(r, "bucket")
    if found is None:
        return
    for index, statement in enumerate(as_list(found.get("Statement"))):
        if not isinstance(statement, Mapping):
            continue
        at, resources = f"Statement[{index}]", strings(statement.get("Resource"))
        for resource in resources if bucket else []:
            if resource.partition(":::")[2].partition("/")[0] != bucket:
                yield "policy", f"{at}: {resource} is not in bucket {bucket}"
        for action in strings(statement.get("Action")):
            if _ON_OBJECTS.fullmatch(action) and not any("/" in resource for resource in resources):
                yield (
                    "policy",
                    f"{at}: {action} is for objects, and no resource is one: {', '.join(resources)}",
                )
            if _ON_BUCKETS.fullmatch(action) and resources and all("/" in resource for resource in resources):
                yield (
                    "policy",
                    f"{at}: {action} is for buckets, and no resource is one: {', '.join(resources)}",
                )
        if _is_public(statement) and bucket and _is_blocked(bucket, world):
            yield "policy", f"{at}: is public, and the bucket's public access block refuses public policies"


def _is_public(statement: Mapping[str, Any]) -> bool:
    principal: Any = statement.get("Principal")
    everyone = principal == "*" or (isinstance(principal, Mapping) and "*" in strings(principal.get("AWS")))
    return statement.get("Effect") == "Allow" and everyone and not statement.get("Condition")


def _is_blocked(bucket: str, world: World) -> bool:
    blocks = [block for block in world.of_type(BLOCK) if of(block.outputs, "bucket") == bucket]
    # S3 blocks public policies on every new bucket until told otherwise.
    return all(of(block.outputs, "blockPublicPolicy") is not False for block in blocks)


@rule(LOCK, source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html")
def object_lock(r: Registration, world: World) -> Broken:
    """Object lock needs a versioned bucket, a mode, and days or years."""
    bucket = text(r, "bucket")
    owner = world.named(BUCKET, bucket or "")
    versioned = any(
        of(found.outputs, "bucket") == bucket
        and (of(found.outputs, "versioningConfiguration") or {}).get("status") not in ("Suspended", "Disabled")
        for found in world.of_type(VERSIONING)
    )
    unknown = any(of(found.outputs, "bucket") is None for found in world.of_type(VERSIONING))
    if owner is not None and not versioned and not unknown and not of(owner.outputs, "objectLockEnabled"):
        yield "bucket", f"{bucket} is not versioned; object lock needs versioning"
    if is_absent(r, "rule"):
        return
    retention = "rule.defaultRetention"
    if is_absent(r, f"{retention}.mode"):
        yield f"{retention}.mode", "is missing; allowed: GOVERNANCE, COMPLIANCE"
    yield from exactly_one(r, (f"{retention}.days", f"{retention}.years"), "a retention")
    for name, most in (("days", MOST_DAYS), ("years", MOST_YEARS)):
        for at, value in numbers(r, f"{retention}.{name}"):
            if not 1 <= value <= most:
                yield at, f"{value} is not allowed; allowed: 1 to {most}"
