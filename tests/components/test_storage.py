"""Which buckets there are, and what sets one apart from another; a bucket itself is tested in test_bucket.

Does not prove that the names are free: bucket names are shared by the whole world.
"""

from __future__ import annotations

import pytest

from components.naming import bucket_name
from components.storage import Storage, StorageArgs
from tests.components.recorder import Recording, record

PURPOSES = ("models", "datasets", "checkpoints", "prompts", "logs", "telemetry")
PARTS = (
    "Bucket",
    "BucketPublicAccessBlock",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning",
    "BucketLifecycleConfiguration",
)


def recorded(*, retained: bool = True, preview: bool = False, audit_lock_days: int = 365) -> Recording:
    def build() -> None:
        Storage(
            "storage",
            StorageArgs(
                bucket_prefix="llm-platform-dev",
                storage_key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
                retained=retained,
                force_destroy=not retained,
                noncurrent_version_days=30,
                checkpoint_expiry_days=14,
                audit_lock_days=audit_lock_days,
                account_id="111122223333",
                region="us-east-1",
            ),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_there_is_a_bucket_for_each_purpose_and_only_logs_are_locked(preview: bool) -> None:
    recording = recorded(preview=preview)
    kinds = [(r.type.split(":")[-1], r.type.startswith("aws:")) for r in recording.resources]
    for part in PARTS:
        assert kinds.count((part, True)) == len(PURPOSES)
    components = {(r.type, r.name, r.parent) for r in recording.resources if r.type.startswith("llm-platform:")}
    assert components == {("llm-platform:storage:Storage", "storage", "llm-platform-test")} | {
        ("llm-platform:bucket:Bucket", f"storage-{purpose}", "storage") for purpose in PURPOSES
    }
    locks = recording.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert [lock.name for lock in locks] == ["storage-logs-object-lock"]
    assert len(recording.resources) == 1 + len(PURPOSES) * (1 + len(PARTS)) + 1


def test_bucket_names_say_purpose_account_and_region() -> None:
    buckets = recorded().of_type("aws:s3/bucket:Bucket")
    assert {bucket.inputs["bucket"] for bucket in buckets} == {
        f"llm-platform-dev-{purpose}-111122223333-us-east-1" for purpose in PURPOSES
    }


def test_checkpoints_alone_expire() -> None:
    recording = recorded()
    expiring = {
        purpose: [rule["expiration"] for rule in rules if rule["id"] == "expiry"]
        for purpose in PURPOSES
        if (rules := recording.one(f"storage-{purpose}-lifecycle").inputs["rules"])
    }
    assert expiring == {purpose: [{"days": 14}] if purpose == "checkpoints" else [] for purpose in PURPOSES}


def test_what_loki_deletes_is_gone_the_next_day() -> None:
    recording = recorded()
    days = {
        purpose: rule["noncurrentVersionExpiration"]["noncurrentDays"]
        for purpose in PURPOSES
        for rule in recording.one(f"storage-{purpose}-lifecycle").inputs["rules"]
        if "noncurrentVersionExpiration" in rule
    }
    assert days == {purpose: 1 if purpose == "telemetry" else 30 for purpose in PURPOSES}


@pytest.mark.parametrize(("retained", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_the_audit_lock_has_a_way_back_only_where_buckets_may_go(retained: bool, mode: str) -> None:
    lock = recorded(retained=retained).one("storage-logs-object-lock")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": mode, "days": 365}}


def test_without_an_audit_lock_no_bucket_is_lockable() -> None:
    recording = recorded(audit_lock_days=0)
    assert recording.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration") == []
    assert [b.inputs["objectLockEnabled"] for b in recording.of_type("aws:s3/bucket:Bucket")] == [False] * len(PURPOSES)


def test_a_bucket_name_that_s3_would_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match="has 64 characters, S3 allows 63: shorten 'llm-platform-fifteenletters"):
        bucket_name("llm-platform-fifteenletters", "checkpoints", "111122223333", "us-east-1xx")
