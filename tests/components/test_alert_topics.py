"""The exact children of the alert topics, who may publish to them and who is told.

Does not prove that a message arrives: tests/rehearsal/test_alarm_delivery.py sends some.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.alert_topics import AlertTopics, AlertTopicsArgs, Subscription
from tests.components.recorder import Recording, record

SUBSCRIPTIONS = (
    Subscription("pager", ["critical"], "https", "https://pager.example/key"),
    Subscription("mail", ["warning", "info"], "email", "team@example.com"),
    Subscription("research", ["critical"], "email", "research@example.com", team="research"),
)


def recorded(*, slack: dict[Any, str] | None = None, preview: bool = False) -> Recording:
    def build() -> None:
        AlertTopics(
            "alerts",
            AlertTopicsArgs(
                platform="llm-platform-dev",
                storage_key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
                subscriptions=SUBSCRIPTIONS,
                slack_workspace_id="T0123ABCD" if slack else None,
                slack_channels=slack or {},
                account_id="111122223333",
                region="us-east-1",
            ),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    topics = {
        (type_, f"alerts-{topic}")
        for topic in ("critical", "warning", "info", "heartbeat")
        for type_ in ("llm-platform:topic:Topic", "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy")
    }
    subscribed = ("pager-critical", "mail-warning", "mail-info", "research-critical")
    assert recorded(preview=preview).children() == (
        topics
        | {("aws:sns/topicSubscription:TopicSubscription", f"alerts-{name}") for name in subscribed}
        | {("llm-platform:alert_topics:AlertTopics", "alerts")}
    )


def test_a_topic_is_encrypted_and_carries_the_environment_in_its_name() -> None:
    assert recorded().one("alerts-critical", "aws:sns/topic:Topic").inputs == {
        "name": "llm-platform-dev-alerts-critical",
        "kmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/storage",
    }


def test_the_platforms_alarms_this_accounts_budgets_and_event_rules_may_publish() -> None:
    policy = json.loads(recorded().one("alerts-critical", "aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    plain, alarms, budgets, rules = policy["Statement"]
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:llm-platform-dev-*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"},
    }
    assert budgets["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert "111122223333" in json.dumps(budgets["Condition"])
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert {statement["Action"] for statement in (alarms, budgets, rules)} == {"sns:Publish"}


def test_no_service_publishes_a_heartbeat() -> None:
    policy = json.loads(recorded().one("alerts-heartbeat", "aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert [statement["Effect"] for statement in policy["Statement"]] == ["Deny"]


def test_a_team_gets_what_is_its_own() -> None:
    recording = recorded()
    assert recording.one("alerts-research-critical").inputs["filterPolicy"] == '{"team": ["research"]}'
    assert recording.one("alerts-research-critical").inputs["filterPolicyScope"] == "MessageAttributes"
    assert "filterPolicy" not in recording.one("alerts-pager-critical").inputs


def test_a_pager_confirms_by_itself() -> None:
    assert recorded().one("alerts-pager-critical").inputs["endpointAutoConfirms"] is True


def test_a_slack_channel_of_two_severities_is_one_configuration() -> None:
    recording = recorded(slack={"critical": "C0001", "warning": "C0001", "info": "C0002"})
    channels = recording.of_type("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration")
    assert {channel.inputs["slackChannelId"]: len(channel.inputs["snsTopicArns"]) for channel in channels} == {
        "C0001": 2,
        "C0002": 1,
    }
    for channel in channels:
        assert channel.inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
        assert "alerts-slack-read" in channel.dependencies
