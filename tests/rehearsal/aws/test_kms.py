"""KMS in the emulated account. Does not prove that a key policy lets the right ones in."""

from __future__ import annotations

import json

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, round_trip

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Owner",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)


@pytest.mark.parametrize(("rotation", "enabled"), [(True, True), (False, False)])
def test_a_key_goes_round(account: Account, rotation: bool, enabled: bool) -> None:
    inputs = {
        "description": "Volumes",
        "policy": POLICY,
        "enableKeyRotation": rotation,
        "isEnabled": enabled,
        "tagsAll": TAGS,
    }
    made = round_trip(account, KEY, inputs)
    assert made.outputs["arn"] == f"arn:aws:kms:us-east-1:111122223333:key/{made.id}"
    assert made.outputs["keyId"] == made.id


def test_a_deleted_key_waits_as_long_as_the_program_says(account: Account) -> None:
    made = create(account, KEY, "waiting", deletionWindowInDays=7)
    delete(account, made)
    key = account.call("kms", "describe_key", KeyId=made.id)["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
    assert is_gone(account, made)


def test_a_rotation_that_was_switched_off_is_a_difference(account: Account) -> None:
    made = create(account, KEY, "still", enableKeyRotation=True)
    account.call("kms", "disable_key_rotation", KeyId=made.id)
    assert differences(account, made) == {"enableKeyRotation": (True, False)}
    delete(account, made)


@pytest.mark.parametrize("by", ["keyId", "arn"])
def test_an_alias_goes_round(account: Account, by: str) -> None:
    key = create(account, KEY, f"aliased by {by}")
    inputs = {"name": "alias/llm-platform-dev/volumes", "targetKeyId": key.outputs[by]}
    made = round_trip(account, ALIAS, inputs)
    assert made.id == "alias/llm-platform-dev/volumes"
    assert made.outputs["targetKeyArn"] == key.outputs["arn"]
    delete(account, key)


def test_an_alias_that_points_elsewhere_is_a_difference(account: Account) -> None:
    one, other = create(account, KEY, "one"), create(account, KEY, "other")
    made = create(account, ALIAS, "moved", name="alias/moved", targetKeyId=one.id)
    account.call("kms", "update_alias", AliasName="alias/moved", TargetKeyId=other.id)
    assert differences(account, made) == {"targetKeyId": (one.id, other.id)}
    for resource in (made, one, other):
        delete(account, resource)


def test_an_alias_without_its_prefix_is_refused(account: Account) -> None:
    key = create(account, KEY, "nameless")
    with pytest.raises(CloudError, match="Invalid identifier"):
        create(account, ALIAS, "bare", name="volumes", targetKeyId=key.id)
