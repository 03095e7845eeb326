"""Secrets Manager in the emulated account. Does not prove that anybody may read a secret: no policy is enforced."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from rehearsal.aws import inventory
from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.invokes import INVOKES
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, is_gone
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, record, round_trip

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PASSWORD = "aws:secretsmanager/getRandomPassword:getRandomPassword"


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return account.call("kms", "create_key")["KeyMetadata"]["Arn"]


@pytest.fixture
def secret(account: Account) -> Iterator[Resource]:
    made = create(account, SECRET, "api-key", name="llm-platform/test/api-key", recoveryWindowInDays=0)
    yield made
    delete(account, made)


def policy(secret: Resource) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": secret.id,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_secret_goes_round(account: Account, key: str) -> None:
    name = "llm-platform/test/qdrant"
    made = round_trip(account, SECRET, {"name": name, "description": "API keys", "kmsKeyId": key, "tagsAll": TAGS})
    assert made.id == made.outputs["arn"]
    assert made.id.startswith(f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-")


def test_a_secret_with_replicas_is_deleted_with_them(account: Account) -> None:
    replicas = [{"region": "us-west-2"}]
    made = create(account, SECRET, "copied", name="copied", replicas=replicas, recoveryWindowInDays=0)
    delete(account, made)
    assert is_gone(account, made)


def test_a_recovery_window_keeps_the_name(account: Account) -> None:
    baseline = inventory.snapshot(account)
    made = create(account, SECRET, "kept", name="kept", recoveryWindowInDays=7)
    assert [left.type for left in inventory.leftovers(account, baseline)] == [SECRET]
    delete(account, made)
    assert is_gone(account, made)
    assert inventory.leftovers(account, baseline) == []
    with pytest.raises(CloudError, match="already exists"):
        create(account, SECRET, "again", name="kept")


def test_a_secret_without_a_recovery_window_leaves_its_name(account: Account) -> None:
    for _ in range(2):
        made = create(account, SECRET, "free", name="free", recoveryWindowInDays=0)
        delete(account, made)


def test_a_value_reads_back_and_goes_with_its_secret(account: Account, secret: Resource) -> None:
    version = create(account, VERSION, "value", secretId=secret.id, secretString='{"api-key": "x"}')
    assert_read_back(account, version)
    assert version.id == f"{secret.id}|{version.outputs['versionId']}"
    delete(account, version)  # AWS keeps the current version, and so does the provider
    assert not is_gone(account, version)


def test_a_binary_value_of_a_secret_by_name_reads_back(account: Account, secret: Resource) -> None:
    binary = base64.b64encode(b"\x00\xff").decode()
    assert_read_back(account, create(account, VERSION, "value", secretId=secret.outputs["name"], secretBinary=binary))


def test_secrets_and_versions_have_the_same_ids_every_time(account: Account) -> None:
    made: list[str] = []
    for _ in range(2):
        secret = create(account, SECRET, "same", name="same", recoveryWindowInDays=0)
        made.append(create(account, VERSION, "same", secretId=secret.id, secretString="x").id)
        delete(account, secret)
    assert made[0] == made[1]


def test_a_policy_goes_round(account: Account, secret: Resource) -> None:
    inputs = {"secretArn": secret.id, "policy": policy(secret)}
    assert round_trip(account, POLICY, inputs).id == secret.id


def test_a_secret_s_own_policy_reads_back(account: Account, secret: Resource) -> None:
    inputs = {"name": "with-policy", "policy": policy(secret)}
    round_trip(account, SECRET, inputs)


def test_rotation_is_recorded(account: Account, secret: Resource) -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:rotate"
    rules = {"automaticallyAfterDays": 30, "duration": "3h"}
    made = record(account, ROTATION, {"secretId": secret.id, "rotationLambdaArn": function, "rotationRules": rules})
    assert made.id == secret.id
    with pytest.raises(CloudError, match="AutomaticallyAfterDays"):
        record(account, ROTATION, {"secretId": secret.id, "rotationRules": {"automaticallyAfterDays": 2000}})


def test_a_password_follows_its_arguments(account: Account) -> None:
    arguments = {"passwordLength": 40, "excludePunctuation": True}
    answers: list[dict[str, str]] = []
    for _ in range(2):
        with account.seed("password"):
            answers.append(INVOKES[PASSWORD](account, arguments))
    assert answers[0] == answers[1]
    assert answers[0]["id"] == answers[0]["randomPassword"]
    assert len(answers[0]["randomPassword"]) == 40
    assert answers[0]["randomPassword"].isalnum()


def test_a_password_that_is_too_long_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="4096"):
        INVOKES[PASSWORD](account, {"passwordLength": 5000})
