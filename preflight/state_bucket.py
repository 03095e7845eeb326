"""The S3 bucket of Pulumi's state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import botocore.exceptions

from preflight.access import AccessError
from preflight.bucket_property import (
    ENCRYPTION,
    OWNERSHIP,
    POLICY,
    PUBLIC_ACCESS,
    TAGS,
    VERSIONING,
    BucketProperty,
    tag_mapping,
)
from preflight.change import ABSENT, Change

TLS_STATEMENT = "RefusePlainHttp"


class StateBucket:
    """A bucket of the environment's own: versioned, encrypted, TLS only, closed to the public, objects its own."""

    def __init__(
        self,
        session: boto3.Session,
        name: str,
        *,
        account_id: str,
        tags: Mapping[str, str],
        key_arn: Callable[[], str | None],
        key_alias: str,
    ) -> None:
        self.name = name
        self.region = session.region_name
        self._owner = account_id
        self._tags = tags
        self._key_arn = key_arn
        self._key_alias = key_alias
        self._s3 = session.client("s3")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"S3 bucket {self.name}"

    def plan(self) -> Iterator[Change]:
        """Yield what differs."""
        if not self._stands():
            yield Change(self.resource, "bucket", ABSENT, f"in {self.region}", self._create)
        for each, wish in self._wishes():
            seen = self._read(each)
            if seen is None or each.sense(seen) != each.sense(wish()):
                yield Change(self.resource, each.what, _shown(seen), each.aim, self._writer(each, wish))

    def _wishes(self) -> tuple[tuple[BucketProperty, Callable[[], Any]], ...]:
        # Wishes are asked again when they are written: the key's ARN is known only after the key was made.
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        return (
            (VERSIONING, lambda: {"Status": "Enabled"}),
            (ENCRYPTION, self._encryption),
            (PUBLIC_ACCESS, lambda: dict.fromkeys(closed, True)),
            (OWNERSHIP, lambda: {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}),
            (POLICY, self._policy),
            (TAGS, self._tag_set),
        )

    def _stands(self) -> bool:
        try:
            self._s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self._owner)
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "404":
                return False
            raise AccessError(
                f"S3 bucket {self.name}: S3 answers {code}: it belongs to another account, or the credentials may "
                "not see it (s3:ListBucket)"
            ) from error
        return True

    def _create(self) -> None:
        # us-east-1 is the one region that may not be named:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        place: dict[str, Any] = (
            {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        )
        self._s3.create_bucket(Bucket=self.name, **place)

    def _read(self, each: BucketProperty) -> Any:
        read = getattr(self._s3, f"get_{each.operation}")
        try:
            answer: dict[str, Any] = read(Bucket=self.name, ExpectedBucketOwner=self._owner)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in (each.missing, "NoSuchBucket"):
                return None
            raise
        answer.pop("ResponseMetadata", None)
        return answer.get(each.parameter, answer) or None

    def _writer(self, each: BucketProperty, wish: Callable[[], Any]) -> Callable[[], None]:
        def write() -> None:
            put = getattr(self._s3, f"put_{each.operation}")
            put(Bucket=self.name, ExpectedBucketOwner=self._owner, **{each.parameter: wish()})

        return write

    def _encryption(self) -> dict[str, Any]:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._key_arn() or self._key_alias}
        return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}

    def _policy(self) -> str:
        """Return the bucket's policy with our statement in it; those of others stay."""
        seen: Any = json.loads(self._read(POLICY) or '{"Statement": []}')["Statement"]
        statements = seen if isinstance(seen, list) else [seen]
        others = [statement for statement in statements if statement.get("Sid") != TLS_STATEMENT]
        ours = {
            "Sid": TLS_STATEMENT,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [*others, ours]}, sort_keys=True)

    def _tag_set(self) -> dict[str, Any]:
        """Return the bucket's tags with ours among them."""
        merged = {**tag_mapping(self._read(TAGS) or {"TagSet": []}), **self._tags}
        return {"TagSet": [{"Key": key, "Value": value} for key, value in sorted(merged.items())]}


def _shown(value: Any) -> str:
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
