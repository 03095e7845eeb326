"""What a workload may do below its own prefixes of a bucket, and with the key that encrypts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.policy_statement import Statement, allow

Access = Literal["read", "write"]

_OBJECTS: dict[Access, list[str]] = {
    "read": ["s3:GetObject"],
    "write": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
}
# GenerateDataKey is what S3 needs of the key to store an object.
_KEY: dict[Access, list[str]] = {"read": ["kms:Decrypt"], "write": ["kms:Decrypt", "kms:GenerateDataKey"]}


@dataclass(frozen=True, kw_only=True)
class BucketPrefixes:
    """Part of a bucket."""

    bucket_arn: pulumi.Input[str]
    prefixes: Sequence[str]
    """Prefixes without a slash at either end, such as `loki`; what does not stand below one is out of reach."""
    key_arn: pulumi.Input[str]
    region: str
    access: Access
    lists_whole_bucket: bool = False
    """Whether the names of other objects may be listed: for clients that send HeadBucket, which takes no prefix."""

    def __post_init__(self) -> None:
        """Refuse prefixes that would open the whole bucket, or another one's part of it."""
        if not self.prefixes:
            raise ValueError("prefixes is empty: nothing to give access to")
        for prefix in self.prefixes:
            if not prefix.strip("/") or prefix != prefix.strip("/") or any(sign in prefix for sign in "*?$"):
                raise ValueError(f"prefix {prefix!r}: needs a path without * ? $ and without a slash at its ends")


def bucket_prefix_statements(part: BucketPrefixes) -> list[Statement]:
    """List and use what stands below the prefixes; the key through S3 alone.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html (s3:prefix)
    """
    prefixes = sorted(set(part.prefixes))
    named = [pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*")]
    listing = (
        allow("ListBucket", "s3:ListBucket", part.bucket_arn)
        if part.lists_whole_bucket
        else allow("ListPrefixes", "s3:ListBucket", part.bucket_arn, StringLike={"s3:prefix": named})
    )
    return [
        listing,
        allow(
            "UseObjects",
            _OBJECTS[part.access],
            [pulumi.Output.concat(part.bucket_arn, f"/{prefix}/*") for prefix in prefixes],
        ),
        allow(
            "UseKeyThroughS3",
            _KEY[part.access],
            part.key_arn,
            StringEquals={"kms:ViaService": f"s3.{part.region}.amazonaws.com"},
        ),
    ]
