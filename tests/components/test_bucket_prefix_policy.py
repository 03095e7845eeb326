"""What a prefix of a bucket opens. Does not prove that S3 decides so: IAM is not emulated here."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import iam

from components.bucket_prefix_policy import BucketPrefixes, bucket_prefix_statements
from components.policy_statement import document
from tests.components.recorder import record

BUCKET = "arn:aws:s3:::models"
PART = BucketPrefixes(bucket_arn=BUCKET, prefixes=["qwen/1"], key_arn="arn:key", region="us-east-1", access="read")


def statements(part: BucketPrefixes) -> dict[str, dict[str, Any]]:
    """The statements by id, resolved as a resource gets them."""

    def build() -> None:
        iam.Policy("policy", policy=document(bucket_prefix_statements(part)))

    policy = json.loads(record(build).one("policy").inputs["policy"])
    assert policy["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_reading_a_prefix() -> None:
    assert statements(PART) == {
        "ListPrefixes": {
            "Sid": "ListPrefixes",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": BUCKET,
            "Condition": {"StringLike": {"s3:prefix": ["qwen/1", "qwen/1/*"]}},
        },
        "UseObjects": {
            "Sid": "UseObjects",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": [f"{BUCKET}/qwen/1/*"],
        },
        "UseKeyThroughS3": {
            "Sid": "UseKeyThroughS3",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": "arn:key",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        },
    }


def test_writing_needs_the_key_for_new_objects_and_no_versions() -> None:
    writing = statements(replace(PART, access="write"))
    assert writing["UseObjects"]["Action"] == [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:PutObject",
    ]
    assert writing["UseKeyThroughS3"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_a_client_that_heads_the_bucket_may_list_it() -> None:
    listing = statements(replace(PART, lists_whole_bucket=True))
    assert "Condition" not in listing["ListBucket"]
    assert listing["UseObjects"]["Resource"] == [f"{BUCKET}/qwen/1/*"]


def test_the_same_prefixes_in_any_order_are_the_same_policy() -> None:
    forth = statements(replace(PART, prefixes=["b", "a", "b"]))
    assert forth == statements(replace(PART, prefixes=["a", "b"]))


def test_a_bucket_that_is_not_there_yet() -> None:
    def build() -> None:
        bucket = pulumi.Output.from_input("arn:aws:s3:::later")
        iam.Policy("policy", policy=document(bucket_prefix_statements(replace(PART, bucket_arn=bucket))))

    assert "arn:aws:s3:::later/qwen/1/*" in record(build).one("policy").inputs["policy"]


@pytest.mark.parametrize("prefix", ["", "/", "models/", "/models", "*", "mod?ls", "${aws:username}"])
def test_a_prefix_that_opens_more_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="needs a path without"):
        replace(PART, prefixes=[prefix])


def test_no_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="prefixes is empty"):
        replace(PART, prefixes=[])
