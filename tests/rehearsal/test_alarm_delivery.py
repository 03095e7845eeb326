"""Alarms as they stand in the emulated account: what they watch, from where on, and whom a change of state reaches.

Does not prove that AWS publishes the metrics, nor that a pager rings: the last hop seen here is a queue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.alarms import Alarms, AlarmsArgs
from components.alert_topics import AlertTopics, AlertTopicsArgs
from components.keys import Keys, KeysArgs
from rehearsal.aws.account import Account
from rehearsal.checks.world import World
from rehearsal.monitor import RehearsalMonitor
from rehearsal.program import run_program
from tests.components.alarm_fixtures import every_alarm
from tests.rehearsal.cloudwatch_actions import change_state, may_publish

pytestmark = pytest.mark.xdist_group("alarm-delivery")
ACCOUNT, REGION, PLATFORM = "111122223333", "us-east-1", "llm-platform-dev"
TOPICS = {
    topic: f"arn:aws:sns:{REGION}:{ACCOUNT}:{PLATFORM}-alerts-{topic}" for topic in ("critical", "warning", "info")
}
GIB = 2**30

# Alarm: severity, metric, comparison, threshold, period in seconds, periods, missing data.
EXPECTED = {
    "AlertDeliveryFails-critical": ("critical", "NumberOfNotificationsFailed", ">", 0, 300, 1, "notBreaching"),
    "AlertDeliveryFails-info": ("critical", "NumberOfNotificationsFailed", ">", 0, 300, 1, "notBreaching"),
    "AlertDeliveryFails-warning": ("critical", "NumberOfNotificationsFailed", ">", 0, 300, 1, "notBreaching"),
    "AlertingSilent": ("critical", "NumberOfMessagesPublished", "<", 1, 900, 1, "breaching"),
    "BurstBacklogStuck": ("warning", "HasBacklogWithoutCapacity", ">", 0, 300, 12, "notBreaching"),
    "BurstRequestsFail": ("warning", "InvocationFailures", ">", 0, 300, 3, "notBreaching"),
    "DatabaseAtCapacity-vectors-0": ("warning", "ACUUtilization", ">", 90, 60, 15, "notBreaching"),
    "DatabaseConnectionsHigh-vectors-0": ("warning", "DatabaseConnections", ">", 4000, 60, 10, "notBreaching"),
    "DatabaseConnectionsHigh-vectors-1": ("warning", "DatabaseConnections", ">", 4000, 60, 10, "notBreaching"),
    "DatabaseCpuHigh-vectors-0": ("warning", "CPUUtilization", ">", 85, 60, 15, "notBreaching"),
    "DatabaseCpuHigh-vectors-1": ("warning", "CPUUtilization", ">", 85, 60, 15, "notBreaching"),
    "DatabaseMemoryLow-vectors-0": ("critical", "FreeableMemory", "<", 3.2 * GIB, 60, 15, "notBreaching"),
    "DatabaseMemoryLow-vectors-1": ("critical", "FreeableMemory", "<", 3.2 * GIB, 60, 15, "notBreaching"),
    "DatabaseProxySignInsFail-vectors": (
        "warning",
        "ClientConnectionsSetupFailedAuth",
        ">",
        10,
        60,
        5,
        "notBreaching",
    ),
    "DatabaseReplicaLag-vectors": ("warning", "AuroraReplicaLagMaximum", ">", 1000, 60, 10, "notBreaching"),
    "DatabaseSilent-vectors-0": ("critical", "CPUUtilization", "<", 1, 60, 5, "breaching"),
    "DatabaseSilent-vectors-1": ("critical", "CPUUtilization", "<", 1, 60, 5, "breaching"),
    "EndpointPacketsDropped-sts": ("warning", "PacketsDropped", ">", 0, 300, 3, "notBreaching"),
    "HostCheckFailed-host-t4-0": ("critical", "StatusCheckFailed", ">", 0, 60, 5, "breaching"),
    "HostCheckFailed-host-t4-1": ("critical", "StatusCheckFailed", ">", 0, 60, 5, "breaching"),
    "InterruptionsUnread": ("critical", "ApproximateAgeOfOldestMessage", ">", 60, 60, 5, "notBreaching"),
    "NatPacketsDropped-us-east-1a": ("warning", "PacketsDropCount", ">", 0.01, 300, 3, "notBreaching"),
    "NatPortsExhausted-us-east-1a": ("critical", "ErrorPortAllocation", ">", 0, 60, 5, "notBreaching"),
    "ScratchFull": ("warning", "FreeDataStorageCapacity", "<", 120 * GIB, 60, 15, "notBreaching"),
}
SIGNS = {"GreaterThanThreshold": ">", "LessThanThreshold": "<"}


def build() -> None:
    keys = Keys(PLATFORM, KeysArgs(account_id=ACCOUNT, region=REGION, deletion_window_days=30, retained=False))
    topics = AlertTopics(
        "alerts",
        AlertTopicsArgs(
            platform=PLATFORM,
            storage_key_arn=keys.storage_key_arn,
            subscriptions=[],
            slack_workspace_id=None,
            slack_channels={},
            account_id=ACCOUNT,
            region=REGION,
        ),
    )
    args = AlarmsArgs(platform=PLATFORM, alarms=every_alarm(), topic_arns=topics.arns, owner="ml-platform")
    Alarms("alarms", args)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """An account in which the program's own components have made topics, keys and every kind of alarm."""
    with Account(ACCOUNT, REGION) as running:
        world = World(ACCOUNT, REGION)
        world.declare_external(["i-1", "i-2", "nat-1", "vpce-1", "vpc-1"])
        monitor = RehearsalMonitor(
            "llm-platform", "dev", running, world, preview=False, root=Path.cwd(), advance=lambda _: None
        )
        run_program(build, monitor, project="llm-platform", stack="dev", preview=False)
        assert monitor.faults == []
        yield running


@pytest.fixture(scope="module")
def queues(account: Account) -> dict[str, str]:
    """A queue that is subscribed to each topic."""
    urls: dict[str, str] = {}
    for severity, topic in TOPICS.items():
        urls[severity] = account.call("sqs", "create_queue", QueueName=severity)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{severity}"
        account.call("sns", "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return urls


def alarms(account: Account) -> dict[str, dict[str, Any]]:
    found = account.call("cloudwatch", "describe_alarms", MaxRecords=100)["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"{PLATFORM}-"): alarm for alarm in found}


def received(account: Account, url: str) -> list[dict[str, Any]]:
    answer = account.call("sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    for message in answer.get("Messages", []):
        account.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(body["Message"]) for body in bodies]


def seen(alarm: dict[str, Any]) -> tuple[Any, ...]:
    severity = next(name for name, arn in TOPICS.items() if alarm["AlarmActions"] == [arn])
    metric, period = alarm.get("MetricName"), alarm.get("Period")
    if not metric:
        part = next(query["MetricStat"] for query in alarm["Metrics"] if query["Id"] == "part")
        metric, period = part["Metric"]["MetricName"], part["Period"]
    sign = SIGNS[alarm["ComparisonOperator"]]
    return severity, metric, sign, alarm["Threshold"], period, alarm["EvaluationPeriods"], alarm["TreatMissingData"]


def test_every_alarm_stands_with_its_threshold_and_its_topic(account: Account) -> None:
    standing = alarms(account)
    assert standing.keys() == EXPECTED.keys()
    for name, alarm in standing.items():
        expected = EXPECTED[name]
        assert seen(alarm) == (*expected[:3], pytest.approx(expected[3]), *expected[4:]), name
        assert alarm["OKActions"] == alarm["AlarmActions"]
        assert alarm["ActionsEnabled"]


def test_interruptions_unread_needs_three_of_five_minutes(account: Account) -> None:
    assert alarms(account)["InterruptionsUnread"]["DatapointsToAlarm"] == 3


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_change_of_state_reaches_the_queue_of_its_severity_and_no_other(
    account: Account, queues: dict[str, str], name: str
) -> None:
    severity = EXPECTED[name][0]
    for state in ("ALARM", "OK"):
        told = change_state(account, f"{PLATFORM}-{name}", state, "Threshold Crossed: 1 datapoint [97.0]")
        assert told == [TOPICS[severity]]
        messages = {queue: received(account, url) for queue, url in queues.items()}
        assert [message["NewStateValue"] for message in messages.pop(severity)] == [state]
        assert messages == {queue: [] for queue in messages}


def test_a_message_says_value_and_runbook(account: Account, queues: dict[str, str]) -> None:
    change_state(account, f"{PLATFORM}-DatabaseSilent-vectors-0", "ALARM", "no datapoints were received for 5 periods")
    [message] = received(account, queues["critical"])
    assert message["NewStateReason"] == "no datapoints were received for 5 periods"
    assert message["AlarmDescription"].endswith("Runbook: docs/runbooks/DatabaseSilent.md")
    change_state(account, f"{PLATFORM}-DatabaseSilent-vectors-0", "OK", "it is back")
    assert len(received(account, queues["critical"])) == 1


def test_an_alarm_of_another_platform_is_turned_away(account: Account) -> None:
    own, other = (f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}" for name in (f"{PLATFORM}-x", "other-x"))
    assert may_publish(account, TOPICS["critical"], own)
    assert not may_publish(account, TOPICS["critical"], other)


def test_without_the_keys_leave_nothing_would_arrive(account: Account) -> None:
    """The way in which such alarms are silent in practice: AWS takes everything, and drops the message."""
    key = account.call("sns", "get_topic_attributes", TopicArn=TOPICS["info"])["Attributes"]["KmsMasterKeyId"]
    policy = account.call("kms", "get_key_policy", KeyId=key, PolicyName="default")["Policy"]
    own = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{PLATFORM}-x"
    without = json.loads(policy)
    without["Statement"] = [each for each in without["Statement"] if each["Sid"] != "AlarmsIntoTopics"]
    account.call("kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=json.dumps(without))
    assert not may_publish(account, TOPICS["info"], own)
    account.call("kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=policy)
    assert may_publish(account, TOPICS["info"], own)
