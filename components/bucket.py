"""A bucket as the platform keeps data: private, versioned, encrypted with our key, reached over TLS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi_aws import s3

from components.policy_statement import Statement

SHORTEST_STAY_DAYS = {"STANDARD_IA": 30, "INTELLIGENT_TIERING": 0, "GLACIER_IR": 0}
"""Storage classes that objects may move to, and how long S3 makes an object wait before it may.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""


@dataclass(frozen=True)
class Transition:
    """Moves objects of an age to a cheaper storage class."""

    days: int
    storage_class: Literal["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]


@dataclass(frozen=True)
class ObjectLock:
    """Keeps every version from being deleted or overwritten for so many days.

    In COMPLIANCE mode nobody can shorten that, the account's root user included.
    """

    days: int
    mode: Literal["GOVERNANCE", "COMPLIANCE"]


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What `Bucket` needs."""

    bucket_name: str
    key_arn: pulumi.Input[str]
    noncurrent_version_days: int
    """How long overwritten and deleted objects can be brought back."""
    retained: bool
    """Protect the bucket, and leave it and its guards standing when the stack goes."""
    force_destroy: bool
    """Delete the bucket with its objects; for dev."""
    expiry_days: int | None = None
    """Age at which objects are deleted; None keeps them."""
    transitions: Sequence[Transition] = ()
    object_lock: ObjectLock | None = None
    statements: Sequence[Statement] = ()
    """Of the bucket's policy, beside the refusal of plain HTTP: services that write into it. Resources as `arn:...`."""


class Bucket(pulumi.ComponentResource):
    """S3 bucket, versioned and encrypted, closed to the public and to plain HTTP, with lifecycle and lock."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    policy: s3.BucketPolicy
    """What a service that writes into the bucket waits for."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:bucket:Bucket", name, None, opts)
        for transition in args.transitions:
            if transition.days < SHORTEST_STAY_DAYS[transition.storage_class]:
                raise ValueError(
                    f"{args.bucket_name}: S3 moves nothing to {transition.storage_class} before "
                    f"{SHORTEST_STAY_DAYS[transition.storage_class]} days, asked for {transition.days}"
                )

        bucket = s3.Bucket(
            name,
            bucket=args.bucket_name,
            force_destroy=args.force_destroy,
            object_lock_enabled=args.object_lock is not None,  # S3 takes this at creation only
            opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
        )

        # A bucket that outlives the stack keeps its guards. S3 refuses configuration calls that overlap
        # (OperationAborted), and a policy is judged under the access block: hence one after another.
        def after(*earlier: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, retain_on_delete=args.retained, depends_on=list(earlier))

        access_block = s3.BucketPublicAccessBlock(
            f"{name}-access-block",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=after(),
        )
        ownership = s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=after(access_block),
        )
        policy = s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=_policy(bucket.arn, args.statements),
            opts=after(ownership),
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key_arn,
                    },
                    # One data key per bucket and hour instead of one call to KMS per object.
                    "bucket_key_enabled": True,
                }
            ],
            opts=after(),
        )
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=after(),
        )
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=bucket.bucket, rules=_lifecycle_rules(args), opts=after(versioning)
        )
        if args.object_lock is not None:
            s3.BucketObjectLockConfiguration(
                f"{name}-object-lock",
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": args.object_lock.mode, "days": args.object_lock.days}},
                opts=after(versioning),
            )

        self.policy = policy
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _lifecycle_rules(args: BucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
    everything: s3.BucketLifecycleConfigurationRuleFilterArgsDict = {"prefix": ""}
    rules: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": "leftovers",
            "status": "Enabled",
            "filter": everything,
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            "noncurrent_version_expiration": {"noncurrent_days": args.noncurrent_version_days},
            "expiration": {"expired_object_delete_marker": True},
        }
    ]
    if args.expiry_days is not None:
        rules.append(
            {
                "id": "expiry",
                "status": "Enabled",
                "filter": everything,
                "expiration": {"days": args.expiry_days},
            }
        )
    if args.transitions:
        rules.append(
            {
                "id": "cheaper-storage",
                "status": "Enabled",
                "filter": everything,
                "transitions": [
                    {"days": transition.days, "storage_class": transition.storage_class}
                    for transition in args.transitions
                ],
            }
        )
    return rules


def _policy(bucket_arn: pulumi.Output[str], statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Refuse every request that does not come over TLS 1.2 or later; beside that, what the statements allow."""
    everything = [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]

    def deny(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": condition,
        }

    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                deny("DenyPlainHttp", {"Bool": {"aws:SecureTransport": "false"}}),
                deny("DenyOldTls", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
                *statements,
            ],
        },
        sort_keys=True,
    )
