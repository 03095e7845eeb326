"""The exact children of the keys, and what each key policy allows to whom.

Does not prove that KMS accepts the policies, nor that they suffice for every service: no call is made.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.key_policies import DOMAINS, key_policy
from components.keys import Keys, KeysArgs
from tests.components.recorder import Recording, record

ROOT = "arn:aws:iam::111122223333:root"


def recorded(*, retained: bool = True, preview: bool = False) -> Recording:
    def build() -> None:
        Keys(
            "llm-platform-dev",
            KeysArgs(account_id="111122223333", region="us-east-1", deletion_window_days=30, retained=retained),
        )

    return record(build, preview=preview)


def statements(domain: str) -> list[dict[str, Any]]:
    return json.loads(key_policy(domain, "111122223333", "us-east-1"))["Statement"]


@pytest.mark.parametrize("preview", [False, True])
def test_there_is_a_key_and_an_alias_per_domain(preview: bool) -> None:
    expected = {("llm-platform:keys:Keys", "llm-platform-dev")}
    for domain in ("cluster", "volumes", "storage", "database", "logs"):
        expected |= {
            ("aws:kms/key:Key", f"llm-platform-dev-{domain}"),
            ("aws:kms/alias:Alias", f"llm-platform-dev-{domain}"),
        }
    assert recorded(preview=preview).children() == expected


@pytest.mark.parametrize("domain", DOMAINS)
def test_keys_rotate_and_have_their_domains_policy_and_alias(domain: str) -> None:
    recording = recorded()
    key = recording.one(f"llm-platform-dev-{domain}", "aws:kms/key:Key")
    assert key.inputs == {
        "description": f"llm-platform-dev: {domain}",
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
        "policy": key_policy(domain, "111122223333", "us-east-1"),
    }
    alias = recording.one(f"llm-platform-dev-{domain}", "aws:kms/alias:Alias")
    assert alias.inputs["name"] == f"alias/llm-platform-dev/{domain}"


@pytest.mark.parametrize("retained", [True, False])
def test_keys_are_protected_and_retained_where_asked(retained: bool) -> None:
    keys = recorded(retained=retained).of_type("aws:kms/key:Key")
    assert {(key.protect, key.retain_on_delete) for key in keys} == {(retained, retained)}


@pytest.mark.parametrize("domain", DOMAINS)
def test_only_the_account_itself_may_do_everything_with_a_key(domain: str) -> None:
    administration, *others = statements(domain)
    assert administration["Principal"] == {"AWS": ROOT}
    assert administration["Action"] == ["kms:*"]
    assert all("kms:*" not in statement["Action"] for statement in others)


@pytest.mark.parametrize("domain", sorted(set(DOMAINS) - {"storage"}))
def test_everybody_else_uses_a_key_under_a_condition_on_the_account(domain: str) -> None:
    for statement in statements(domain)[1:]:
        assert "111122223333" in json.dumps(statement["Condition"])


def test_events_get_into_queues_without_a_condition_that_might_lose_them() -> None:
    events, *_ = statements("storage")[1:]
    assert events == {
        "Sid": "EventsIntoQueues",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
    }


def test_alarms_and_budgets_get_into_topics_without_a_condition_that_might_lose_them() -> None:
    _, *publishers = statements("storage")[1:]
    assert [statement["Sid"] for statement in publishers] == ["AlarmsIntoTopics", "BudgetsIntoTopics"]
    for statement in publishers:
        assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        assert "Condition" not in statement


def test_each_key_names_exactly_the_services_that_need_it() -> None:
    found = {domain: [statement["Principal"] for statement in statements(domain)[1:]] for domain in DOMAINS}
    assert found == {
        "cluster": [],
        "volumes": [{"AWS": "*"}, {"AWS": "*"}],
        "storage": [{"Service": f"{service}.amazonaws.com"} for service in ("events", "cloudwatch", "budgets")],
        "database": [],
        "logs": [
            {"Service": "logs.us-east-1.amazonaws.com"},
            {"Service": "cloudtrail.amazonaws.com"},
            {"Service": "cloudtrail.amazonaws.com"},
        ],
    }


def test_volumes_are_used_through_ec2_only_and_granted_to_aws_only() -> None:
    _, use, grant = statements("volumes")
    through = {"kms:CallerAccount": "111122223333", "kms:ViaService": "ec2.us-east-1.amazonaws.com"}
    assert use["Condition"] == {"StringEquals": through}
    assert "kms:CreateGrant" not in use["Action"]
    assert grant["Action"] == ["kms:CreateGrant"]
    assert grant["Condition"] == {
        "StringEquals": through,
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }


def test_logs_are_encrypted_for_log_groups_of_this_account_only() -> None:
    assert statements("logs")[1]["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}
    }


def test_trails_of_this_account_encrypt_for_themselves_only() -> None:
    encrypt, describe = statements("logs")[2:]
    trails = "arn:aws:cloudtrail:us-east-1:111122223333:trail/*"
    assert encrypt["Action"] == ["kms:GenerateDataKey*"]
    assert encrypt["Condition"] == {
        "ArnLike": {"aws:SourceArn": trails},
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
    }
    assert describe["Action"] == ["kms:DescribeKey"]
