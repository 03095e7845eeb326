"""Object storage: the buckets for models, datasets, checkpoints, prompts, logs and telemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs, ObjectLock, Transition
from components.naming import bucket_name

PURPOSES = ("models", "datasets", "checkpoints", "prompts", "logs", "telemetry")
"""Logs are audit trails, which nothing may change; telemetry is what Loki and Tempo write and compact."""


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """What `Storage` needs."""

    bucket_prefix: str
    """Start of the buckets' names, such as `llm-platform-dev`."""
    storage_key_arn: pulumi.Input[str]
    retained: bool
    force_destroy: bool
    noncurrent_version_days: int
    checkpoint_expiry_days: int
    audit_lock_days: int
    """How long nothing in the logs bucket can be deleted or overwritten; 0 for no lock."""
    account_id: str
    region: str


class Storage(pulumi.ComponentResource):
    """One bucket per purpose: checkpoints expire, datasets tier themselves, logs are locked, then cheap."""

    bucket_names: Mapping[str, pulumi.Output[str]]
    bucket_arns: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:storage:Storage", name, None, opts)

        # Compliance mode has no way back, not even for the account's root: not for buckets that may go.
        mode = "COMPLIANCE" if args.retained else "GOVERNANCE"
        lock = ObjectLock(args.audit_lock_days, mode) if args.audit_lock_days else None
        tiers = {
            "datasets": [Transition(30, "INTELLIGENT_TIERING")],
            "logs": [Transition(30, "STANDARD_IA"), Transition(90, "GLACIER_IR")],
        }
        buckets = {
            purpose: Bucket(
                f"{name}-{purpose}",
                BucketArgs(
                    bucket_name=bucket_name(args.bucket_prefix, purpose, args.account_id, args.region),
                    key_arn=args.storage_key_arn,
                    # What Loki and Tempo delete at the end of a retention is to be gone then.
                    noncurrent_version_days=1 if purpose == "telemetry" else args.noncurrent_version_days,
                    retained=args.retained,
                    force_destroy=args.force_destroy,
                    expiry_days=args.checkpoint_expiry_days if purpose == "checkpoints" else None,
                    transitions=tiers.get(purpose, ()),
                    object_lock=lock if purpose == "logs" else None,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            for purpose in PURPOSES
        }

        self.bucket_names = {purpose: bucket.name for purpose, bucket in buckets.items()}
        self.bucket_arns = {purpose: bucket.arn for purpose, bucket in buckets.items()}
        self.register_outputs({"bucket_names": dict(self.bucket_names), "bucket_arns": dict(self.bucket_arns)})
