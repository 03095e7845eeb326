"""How buckets are linked with what is said about them: by dependency, by name, inline; and what is not known yet.

Does not prove anything of buckets that another stack owns.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.encryption_and_data import (
    audit_buckets_are_locked,
    buckets_are_versioned,
    buckets_drop_leftovers,
    buckets_use_customer_keys,
)
from policies.policy import Judgement, StackPolicy
from tests.policies.sample import UNKNOWN, Sample, stack_of

ENCRYPTED = buckets_use_customer_keys.POLICY
VERSIONED = buckets_are_versioned.POLICY
LOCKED = audit_buckets_are_locked.POLICY
TIDY = buckets_drop_leftovers.POLICY
RULE = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}
AES = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def bucket(inputs: dict[str, Any] | None = None, **fields: Any) -> Sample:
    """Return a bucket called `it`."""
    return Sample("aws:s3/bucket:Bucket", "it", {"bucket": "it-333344445555", **(inputs or {})}, **fields)


def older_bucket(**inputs: Any) -> Sample:
    """Return a bucket of the older type, called `it`."""
    return Sample("aws:s3/bucketV2:BucketV2", "it", {"bucket": "it-333344445555", **inputs})


def companion(kind: str, inputs: dict[str, Any], *, of: str = "it-333344445555", suffix: str = "") -> Sample:
    """Return what is said about a bucket by its name."""
    type_ = f"aws:s3/{kind[0].lower()}{kind[1:]}{suffix}:{kind}{suffix}"
    return Sample(type_, f"{kind}-of-it", {"bucket": of, **inputs})


def judged(policy: StackPolicy, *samples: Sample, configuration: dict[str, Any] | None = None) -> Judgement:
    """Return what a policy says of a stack."""
    return policy.judge(stack_of(samples), policy.configuration(configuration))


ENCRYPTION = companion("BucketServerSideEncryptionConfiguration", {"rules": [RULE]})


@pytest.mark.parametrize(
    "samples",
    [
        [bucket(), ENCRYPTION],
        [bucket(), companion("BucketServerSideEncryptionConfiguration", {"rules": [RULE]}, suffix="V2")],
        [bucket(), ENCRYPTION.changed(inputs={"bucket": UNKNOWN, "rules": [RULE]}, refers={"bucket": ["it"]})],
        [
            bucket(),
            companion(
                "BucketServerSideEncryptionConfiguration",
                {
                    "rules": [
                        {
                            "applyServerSideEncryptionByDefault": {
                                "sseAlgorithm": "aws:kms:dsse",
                                "kmsMasterKeyId": "0d9f",
                            }
                        }
                    ]
                },
            ),
        ],
        [bucket({"serverSideEncryptionConfiguration": {"rule": RULE}})],
        # What AWS answers for the bucket itself does not matter where a configuration is given.
        [bucket({"serverSideEncryptionConfiguration": {"rule": AES}}), ENCRYPTION],
        [],
    ],
)
def test_bucket_with_a_customer_key_passes(samples: list[Sample]) -> None:
    assert judged(ENCRYPTED, *samples) == Judgement()


@pytest.mark.parametrize("inline", [{"rule": AES}, UNKNOWN, None])
def test_default_of_aws_is_no_customer_key(inline: Any) -> None:
    found = judged(ENCRYPTED, bucket({"serverSideEncryptionConfiguration": inline}))

    [violation] = found.violations
    assert violation.resource is not None
    assert violation.resource.name == "it"
    assert found.undecided == ()


def test_companion_whose_bucket_is_not_known_leaves_buckets_undecided() -> None:
    found = judged(VERSIONED, bucket(), companion("BucketVersioning", {}, of=UNKNOWN))

    assert found == Judgement((), ("bucket",))


def test_companion_of_another_bucket_does_not_count() -> None:
    enabled = {"versioningConfiguration": {"status": "Enabled"}}

    assert len(judged(VERSIONED, bucket(), companion("BucketVersioning", enabled, of="other")).violations) == 1


@pytest.mark.parametrize(
    ("given", "fault"), [({}, "is absent"), ({"versioningConfiguration": {"status": "Suspended"}}, "is 'Suspended'")]
)
def test_message_says_what_the_versioning_is(given: dict[str, Any], fault: str) -> None:
    [violation] = judged(VERSIONED, bucket(), companion("BucketVersioning", given)).violations

    assert violation.fault == fault


def test_inline_versioning_passes() -> None:
    assert judged(VERSIONED, bucket({"versioning": {"enabled": True}})) == Judgement()
    assert judged(VERSIONED, older_bucket(versionings=[{"enabled": True}])) == Judgement()


@pytest.mark.parametrize("versionings", [[], [{"enabled": False}], UNKNOWN])
def test_inline_versioning_that_is_off_is_reported(versionings: Any) -> None:
    assert len(judged(VERSIONED, older_bucket(versionings=versionings)).violations) == 1


@pytest.mark.parametrize(("algorithm", "faults"), [("aws:kms", 0), ("aws:kms:dsse", 0), ("AES256", 1), (None, 1)])
def test_inline_encryption_of_the_older_type_counts(algorithm: str | None, faults: int) -> None:
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": UNKNOWN}
    rules = [{"applyServerSideEncryptionByDefaults": [default]}]

    found = judged(ENCRYPTED, older_bucket(serverSideEncryptionConfigurations=[{"rules": rules}]))

    assert len(found.violations) == faults


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, 0),
        ({"prefix": "", "tags": {}}, 0),
        ({"enabled": False}, 2),
        ({"prefix": "runs/"}, 2),
        ({"tags": {"kind": "run"}}, 2),
        ({"abortIncompleteMultipartUploadDays": 15}, 1),
        ({"abortIncompleteMultipartUploadDays": None}, 1),
    ],
)
def test_inline_life_cycle_counts(changes: dict[str, Any], faults: int) -> None:
    rule = {"enabled": True, "abortIncompleteMultipartUploadDays": 7, **changes}

    now = judged(TIDY, bucket({"lifecycleRules": [{**rule, "noncurrentVersionExpiration": {"days": 90}}]}))
    before = judged(TIDY, older_bucket(lifecycleRules=[{**rule, "noncurrentVersionExpirations": [{"days": 90}]}]))

    assert len(now.violations) == len(before.violations) == faults


def test_inline_life_cycle_keeps_the_limit() -> None:
    rule = {"enabled": True, "abortIncompleteMultipartUploadDays": 7, "noncurrentVersionExpiration": {"days": 366}}

    [violation] = judged(TIDY, bucket({"lifecycleRules": [rule]})).violations

    assert violation.fault == "is 366"


def test_status_that_is_not_known_is_undecided() -> None:
    unknown = companion("BucketVersioning", {"versioningConfiguration": {"status": UNKNOWN}})

    assert judged(VERSIONED, bucket(), unknown) == Judgement((), ("versioningConfiguration.status",))


def test_limits_of_leftovers_are_configuration() -> None:
    rule = {
        "status": "Enabled",
        "noncurrentVersionExpiration": {"noncurrentDays": 400},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 30},
    }
    samples = [bucket(), companion("BucketLifecycleConfiguration", {"rules": [rule]})]
    wider = {"maximum_days_of_old_versions": 400, "maximum_days_of_uploads": 30}

    assert len(judged(TIDY, *samples).violations) == 2
    assert judged(TIDY, *samples, configuration=wider) == Judgement()


def audit(environment: str, mode: str, days: dict[str, int]) -> list[Sample]:
    """Return a bucket of logs and its lock."""
    name = Sample(
        "aws:s3/bucket:Bucket",
        "all-logs",
        {"bucket": "it-333344445555", "objectLockEnabled": True},
        environment=environment,
    )
    lock = companion("BucketObjectLockConfiguration", {"rule": {"defaultRetention": {"mode": mode, **days}}})
    return [name, lock.changed(environment=environment)]


def test_lock_may_be_given_in_years() -> None:
    assert judged(LOCKED, *audit("prod", "COMPLIANCE", {"years": 1})) == Judgement()


def test_lock_that_somebody_may_take_off_passes_where_it_is_configured() -> None:
    samples = audit("prod", "GOVERNANCE", {"days": 30})

    assert judged(LOCKED, *samples, configuration={"modes": ["COMPLIANCE", "GOVERNANCE"]}) == Judgement()
    [violation] = judged(LOCKED, *samples).violations
    assert violation.fault == "is 'GOVERNANCE'"


def test_development_and_other_buckets_need_no_lock() -> None:
    assert judged(LOCKED, *audit("dev", "GOVERNANCE", {"days": 1})) == Judgement()
    assert judged(LOCKED, bucket()) == Judgement()
