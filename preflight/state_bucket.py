"""The S3 bucket of Pulumi's state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.exceptions

from preflight.access import AccessError
from preflight.change import ABSENT, Change

TLS_STATEMENT = "RefusePlainHttp"


@dataclass(frozen=True)
class Property:
    """One configuration of a bucket: how S3 reads and writes it, and what it should be."""

    what: str
    read: str
    """boto3's name of the call that reads it"""
    write: str
    parameter: str
    """Parameter of `write`, and the key of `read`'s answer; empty where the answer is the value itself"""
    missing: str
    """Error code of `read` where nothing is configured"""
    wanted: Callable[[], Any]
    matches: Callable[[Any, Any], bool] = lambda seen, wanted: seen == wanted


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
        for each in self._properties():
            seen, wanted = self._read(each), each.wanted()
            if seen is None or not each.matches(seen, wanted):
                yield self._change(each, seen, wanted)

    def _properties(self) -> tuple[Property, ...]:
        return (
            Property(
                "versioning",
                "get_bucket_versioning",
                "put_bucket_versioning",
                "VersioningConfiguration",
                "",
                lambda: {"Status": "Enabled"},
                lambda seen, wanted: seen.get("Status") == wanted["Status"],
            ),
            Property(
                "encryption",
                "get_bucket_encryption",
                "put_bucket_encryption",
                "ServerSideEncryptionConfiguration",
                "ServerSideEncryptionConfigurationNotFoundError",
                self._encryption,
                lambda seen, wanted: _rule(seen) == _rule(wanted),
            ),
            Property(
                "public access",
                "get_public_access_block",
                "put_public_access_block",
                "PublicAccessBlockConfiguration",
                "NoSuchPublicAccessBlockConfiguration",
                lambda: dict.fromkeys(
                    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
                ),
            ),
            Property(
                "object ownership",
                "get_bucket_ownership_controls",
                "put_bucket_ownership_controls",
                "OwnershipControls",
                "OwnershipControlsNotFoundError",
                lambda: {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            ),
            Property(
                "policy",
                "get_bucket_policy",
                "put_bucket_policy",
                "Policy",
                "NoSuchBucketPolicy",
                self._policy,
                lambda seen, wanted: json.loads(seen) == json.loads(wanted),
            ),
            Property(
                "tags",
                "get_bucket_tagging",
                "put_bucket_tagging",
                "Tagging",
                "NoSuchTagSet",
                self._tag_set,
                lambda seen, wanted: _tags(seen) == _tags(wanted),
            ),
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
        # us-east-1 is the one region that may not be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        place: dict[str, Any] = (
            {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        )
        self._s3.create_bucket(Bucket=self.name, **place)

    def _read(self, each: Property) -> Any:
        try:
            answer: dict[str, Any] = getattr(self._s3, each.read)(Bucket=self.name, ExpectedBucketOwner=self._owner)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in (each.missing, "NoSuchBucket"):
                return None
            raise
        answer.pop("ResponseMetadata", None)
        return answer.get(each.parameter, answer)

    def _change(self, each: Property, seen: Any, wanted: Any) -> Change:
        def apply() -> None:
            # Made anew: the key's ARN is known only now if this run made the key.
            getattr(self._s3, each.write)(
                Bucket=self.name, ExpectedBucketOwner=self._owner, **{each.parameter: each.wanted()}
            )

        return Change(self.resource, each.what, _shown(seen), _shown(wanted), apply)

    def _encryption(self) -> dict[str, Any]:
        # Before the key is made, a plan shows its alias.
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._key_arn() or self._key_alias}
        return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}

    def _policy(self) -> str:
        """Return the bucket's policy with our statement in it; those of others stay."""
        seen = self._read_policy()
        others = [statement for statement in seen if statement.get("Sid") != TLS_STATEMENT]
        ours = {
            "Sid": TLS_STATEMENT,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [*others, ours]}, sort_keys=True)

    def _read_policy(self) -> list[dict[str, Any]]:
        try:
            policy = self._s3.get_bucket_policy(Bucket=self.name, ExpectedBucketOwner=self._owner)["Policy"]
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchBucketPolicy", "NoSuchBucket"):
                return []
            raise
        statements = json.loads(policy)["Statement"]
        return statements if isinstance(statements, list) else [statements]

    def _tag_set(self) -> dict[str, Any]:
        try:
            seen = self._s3.get_bucket_tagging(Bucket=self.name, ExpectedBucketOwner=self._owner)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchTagSet", "NoSuchBucket"):
                raise
            seen = {"TagSet": []}
        merged = {**_tags(seen), **self._tags}
        return {"TagSet": [{"Key": key, "Value": value} for key, value in sorted(merged.items())]}


def _rule(configuration: Any) -> Any:
    """Return the parts of a default encryption that are ours to decide; S3 adds more."""
    rule = configuration["Rules"][0]
    default = rule["ApplyServerSideEncryptionByDefault"]
    return default["SSEAlgorithm"], default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled", False)


def _tags(tagging: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tagging["TagSet"]}


def _shown(value: Any) -> str:
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
