"""The exact children of a bucket: its guards, its lifecycle and its lock.

Does not prove that S3 accepts or enforces them: inputs are compared, no request is made.
"""

from __future__ import annotations

import json

import pytest

from components.bucket import Bucket, BucketArgs, ObjectLock, Transition
from tests.components.recorder import Recording, record

GUARDS = {
    ("llm-platform:bucket:Bucket", "logs"),
    ("aws:s3/bucket:Bucket", "logs"),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "logs-access-block"),
    ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "logs-ownership"),
    ("aws:s3/bucketPolicy:BucketPolicy", "logs-policy"),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "logs-encryption",
    ),
    ("aws:s3/bucketVersioning:BucketVersioning", "logs-versioning"),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "logs-lifecycle"),
}


def recorded(
    *,
    retained: bool = False,
    expiry_days: int | None = None,
    transitions: tuple[Transition, ...] = (),
    object_lock: ObjectLock | None = None,
    preview: bool = False,
) -> Recording:
    def build() -> None:
        Bucket(
            "logs",
            BucketArgs(
                bucket_name="llm-platform-dev-logs",
                key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
                noncurrent_version_days=30,
                retained=retained,
                force_destroy=not retained,
                expiry_days=expiry_days,
                transitions=transitions,
                object_lock=object_lock,
            ),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_a_bucket_is_exactly_these_resources(preview: bool) -> None:
    assert recorded(preview=preview).children() == GUARDS


@pytest.mark.parametrize("preview", [False, True])
def test_a_locked_bucket_is_made_lockable_and_then_locked(preview: bool) -> None:
    recording = recorded(object_lock=ObjectLock(90, "COMPLIANCE"), preview=preview)
    lock = ("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "logs-object-lock")
    assert recording.children() == GUARDS | {lock}
    assert recording.one("logs", "aws:s3/bucket:Bucket").inputs["objectLockEnabled"] is True
    locked = recording.one("logs-object-lock")
    assert locked.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 90}}
    assert "logs-versioning" in locked.dependencies


def test_a_bucket_is_private_versioned_and_encrypted_with_our_key() -> None:
    recording = recorded()
    assert recording.one("logs", "aws:s3/bucket:Bucket").inputs == {
        "bucket": "llm-platform-dev-logs",
        "forceDestroy": True,
        "objectLockEnabled": False,
    }
    assert recording.one("logs-access-block").inputs == {
        "bucket": "llm-platform-dev-logs",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert recording.one("logs-ownership").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert recording.one("logs-versioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert recording.one("logs-encryption").inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/storage",
            },
            "bucketKeyEnabled": True,
        }
    ]


def test_the_policy_refuses_plain_http_and_old_tls_for_the_bucket_and_all_in_it() -> None:
    policy = recorded().one("logs-policy")
    statements = json.loads(policy.inputs["policy"])["Statement"]
    assert [statement["Condition"] for statement in statements] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    ]
    arn = "arn:aws:mock:us-east-1:111122223333:logs"
    for statement in statements:
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Resource"] == [arn, f"{arn}/*"]


def test_configuration_calls_follow_one_another() -> None:
    recording = recorded()
    assert "logs-access-block" in recording.one("logs-ownership").dependencies
    assert "logs-ownership" in recording.one("logs-policy").dependencies
    assert "logs-versioning" in recording.one("logs-lifecycle").dependencies


def test_lifecycle_rules_each_have_a_filter_and_their_actions() -> None:
    transitions = (Transition(30, "STANDARD_IA"), Transition(90, "GLACIER_IR"))
    rules = recorded(expiry_days=14, transitions=transitions).one("logs-lifecycle").inputs["rules"]
    everything = {"status": "Enabled", "filter": {"prefix": ""}}
    assert rules == [
        {
            "id": "leftovers",
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
            "expiration": {"expiredObjectDeleteMarker": True},
            **everything,
        },
        {"id": "expiry", "expiration": {"days": 14}, **everything},
        {
            "id": "cheaper-storage",
            "transitions": [
                {"days": 30, "storageClass": "STANDARD_IA"},
                {"days": 90, "storageClass": "GLACIER_IR"},
            ],
            **everything,
        },
    ]


@pytest.mark.parametrize("retained", [True, False])
def test_a_retained_bucket_keeps_its_guards(retained: bool) -> None:
    resources = [r for r in recorded(retained=retained).resources if r.type.startswith("aws:")]
    assert {r.retain_on_delete for r in resources} == {retained}
    assert [r.name for r in resources if r.protect] == (["logs"] if retained else [])


def test_a_transition_before_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="S3 moves nothing to STANDARD_IA before 30 days, asked for 29"):
        recorded(transitions=(Transition(29, "STANDARD_IA"),))
