"""One configuration of an S3 bucket, with the names that S3 gives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class BucketProperty:
    """How a configuration is read and written, and what of two answers counts as the same."""

    what: str
    aim: str
    """What it should be, in words"""

    operation: str
    """What boto3's `get_` and `put_` calls have in common"""

    parameter: str
    """The configuration in a request; and in an answer, where it is not the answer itself"""

    missing: str
    """Error code where nothing is configured"""

    sense: Callable[[Any], object] = lambda seen: seen
    """The part that decides; S3 adds more of its own."""


def encryption_rule(configuration: Any) -> tuple[str, str | None, bool]:
    """Return algorithm, key and bucket key of a default encryption."""
    rule = configuration["Rules"][0]
    default = rule["ApplyServerSideEncryptionByDefault"]
    return default["SSEAlgorithm"], default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled", False)


def tag_mapping(tagging: Mapping[str, Any]) -> dict[str, str]:
    """Return a tag set as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tagging["TagSet"]}


VERSIONING: Final = BucketProperty(
    "versioning", "enabled", "bucket_versioning", "VersioningConfiguration", "", lambda seen: seen.get("Status")
)
ENCRYPTION: Final = BucketProperty(
    "encryption",
    "KMS, with the key above and a bucket key",
    "bucket_encryption",
    "ServerSideEncryptionConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    encryption_rule,
)
PUBLIC_ACCESS: Final = BucketProperty(
    "public access",
    "blocked in all four ways",
    "public_access_block",
    "PublicAccessBlockConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
)
OWNERSHIP: Final = BucketProperty(
    "object ownership",
    "the bucket owner's, without ACLs",
    "bucket_ownership_controls",
    "OwnershipControls",
    "OwnershipControlsNotFoundError",
)
POLICY: Final = BucketProperty(
    "policy", "refuses plain HTTP", "bucket_policy", "Policy", "NoSuchBucketPolicy", json.loads
)
TAGS: Final = BucketProperty(
    "tags", "the bootstrap's, beside those of others", "bucket_tagging", "Tagging", "NoSuchTagSet", tag_mapping
)
