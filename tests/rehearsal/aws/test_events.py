"""EventBridge in the emulated account. Does not prove that any event comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences
from tests.rehearsal.aws.round_trip import TAGS, round_trip

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:interruption"
PATTERN = json.dumps({"detail-type": ["EC2 Spot Instance Interruption Warning"], "source": ["aws.ec2"]})


@pytest.fixture(scope="module")
def rule(account: Account) -> Resource:
    return create(account, RULE, "spot", name="spot", eventPattern=PATTERN)


@pytest.mark.parametrize(
    "trigger",
    [{"eventPattern": PATTERN}, {"scheduleExpression": "rate(5 minutes)", "state": "DISABLED"}],
    ids=["pattern", "schedule"],
)
def test_a_rule_goes_round(account: Account, trigger: dict[str, str]) -> None:
    inputs = {"name": "interruption", "description": "Spot interruption", **trigger, "tagsAll": TAGS}
    made = round_trip(account, RULE, inputs)
    assert made.id == "interruption"
    assert made.outputs["arn"] == "arn:aws:events:us-east-1:111122223333:rule/interruption"
    assert made.outputs["state"] == trigger.get("state", "ENABLED")


def test_a_rule_of_another_bus_goes_round(account: Account) -> None:
    account.call("events", "create_event_bus", Name="platform")
    inputs = {"name": "own", "eventBusName": "platform", "eventPattern": PATTERN}
    assert round_trip(account, RULE, inputs).id == "platform/own"


def test_a_disabled_rule_is_a_difference(account: Account) -> None:
    made = create(account, RULE, "off", name="off", eventPattern=PATTERN, state="ENABLED")
    account.call("events", "disable_rule", Name="off")
    assert differences(account, made) == {"state": ("ENABLED", "DISABLED")}
    delete(account, made)


def test_a_target_goes_round(account: Account, rule: Resource) -> None:
    inputs: dict[str, Any] = {
        "rule": rule.id,
        "targetId": "queue",
        "arn": QUEUE,
        "roleArn": "arn:aws:iam::111122223333:role/events",
        "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 60},
        "deadLetterConfig": {"arn": f"{QUEUE}-failed"},
        "inputTransformer": {"inputPaths": {"instance-id": "$.detail"}, "inputTemplate": '"<instance-id>"'},
    }
    assert round_trip(account, TARGET, inputs).id == "spot-queue"


def test_a_target_without_an_id_gets_the_same_one_every_time(account: Account, rule: Resource) -> None:
    made = round_trip(account, TARGET, {"rule": rule.id, "arn": QUEUE})
    assert made.outputs["targetId"].startswith("terraform-")
    assert round_trip(account, TARGET, {"rule": rule.id, "arn": QUEUE}).id == made.id


def test_a_rule_with_a_target_is_not_deleted(account: Account, rule: Resource) -> None:
    target = create(account, TARGET, "holding", rule=rule.id, arn=QUEUE)
    with pytest.raises(CloudError, match="Rule can't be deleted since it has targets"):
        delete(account, rule)
    delete(account, target)


def test_an_untranslated_target_is_not_dropped_silently(account: Account, rule: Resource) -> None:
    with pytest.raises(NotEmulatedError, match="batchTarget"):
        create(account, TARGET, "batch", rule=rule.id, arn=QUEUE, batchTarget={"jobName": "x"})
