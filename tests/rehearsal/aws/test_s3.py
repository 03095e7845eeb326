"""S3 in the emulated account. Does not prove that S3 accepts a policy or a rule: moto reads neither."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, round_trip

BUCKET = "aws:s3/bucket:Bucket"
NAME = "llm-platform-models"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1"


@pytest.fixture
def bucket(account: Account) -> Iterator[Resource]:
    resource = create(account, BUCKET, "models", bucket=NAME, objectLockEnabled=True, tagsAll=TAGS)
    yield resource
    delete(account, resource)
    assert is_gone(account, resource)


def test_a_bucket_reads_back_and_gives_what_others_refer_to(account: Account, bucket: Resource) -> None:
    assert_read_back(account, bucket)
    assert bucket.id == NAME
    assert bucket.outputs["arn"] == f"arn:aws:s3:::{NAME}"
    assert bucket.outputs["bucketRegionalDomainName"] == f"{NAME}.s3.us-east-1.amazonaws.com"


@pytest.mark.usefixtures("bucket")
def test_a_second_bucket_of_the_name_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="BucketAlreadyOwnedByYou"):
        create(account, BUCKET, "again", bucket=NAME)


def fill(account: Account, bucket: str) -> None:
    account.call("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        account.call("s3", "put_object", Bucket=bucket, Key="weights", Body=body)
    account.call("s3", "delete_object", Bucket=bucket, Key="weights")


def test_force_destroy_takes_every_version_along(account: Account) -> None:
    resource = create(account, BUCKET, "scratch", bucket="llm-platform-scratch", forceDestroy=True)
    fill(account, resource.id)
    delete(account, resource)
    assert is_gone(account, resource)


def test_a_bucket_with_old_versions_is_not_deleted_without_force(account: Account) -> None:
    resource = create(account, BUCKET, "kept", bucket="llm-platform-kept")
    fill(account, resource.id)
    with pytest.raises(CloudError, match="BucketNotEmpty"):
        delete(account, resource)


CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}}),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": KEY,
                    },
                    "bucketKeyEnabled": True,
                }
            ]
        },
    ),
    (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
    ),
    (
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
    ),
    (
        "aws:s3/bucketPolicy:BucketPolicy",
        {
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": f"arn:aws:s3:::{NAME}/*",
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                }
            )
        },
    ),
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {
            "rules": [
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                },
                {
                    "id": "checkpoints",
                    "status": "Enabled",
                    "filter": {"prefix": "checkpoints/"},
                    "expiration": {"days": 90},
                    "transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}],
                },
                {
                    "id": "tagged",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "tmp/", "tags": {"keep": "no", "tier": "1"}}},
                    "expiration": {"days": 1},
                },
            ]
        },
    ),
    (
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        {"rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}},
    ),
]


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(("type_", "inputs"), CONFIGURATIONS, ids=[type_ for type_, _ in CONFIGURATIONS])
def test_configuration_goes_round(account: Account, type_: str, inputs: dict[str, Any]) -> None:
    assert round_trip(account, type_, {"bucket": NAME, **inputs}).id == NAME


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("type_", "inputs", "match"),
    [
        (CONFIGURATIONS[0][0], {"versioningConfiguration": {"status": "On"}}, "On"),
        (
            CONFIGURATIONS[1][0],
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "rot13"}}]},
            "rot13",
        ),
        (CONFIGURATIONS[3][0], {"rule": {"objectOwnership": "Nobody"}}, "Nobody"),
    ],
)
def test_a_bad_configuration_is_refused(account: Account, type_: str, inputs: dict[str, Any], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        create(account, type_, "bad", bucket=NAME, **inputs)


@pytest.mark.usefixtures("bucket")
def test_of_a_lifecycle_only_what_moto_drops_is_excused(account: Account) -> None:
    sized = {"id": "sized", "status": "Enabled", "filter": {"objectSizeGreaterThan": 9}, "expiration": {"days": 1}}
    dated = {"id": "dated", "status": "Enabled", "filter": {}, "expiration": {"date": "2030-01-01T00:00:00Z"}}
    type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    made = create(account, type_, "rules", bucket=NAME, rules=[sized, dated])
    assert differences(account, made) == {}
    later = [{**sized, "expiration": {"days": 2}}, {**dated, "expiration": {"date": "2031-01-01T00:00:00Z"}}]
    wrong = replace(made, registration=replace(made.registration, inputs={"bucket": NAME, "rules": later}))
    assert differences(account, wrong).keys() == {"rules[0].expiration.days", "rules[1].expiration.date"}
    delete(account, made)
