"""Alert topics: one per severity, who is told through each, and one that only has to be published to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_aws import sns

from components.policy_statement import Statement
from components.slack_channels import SlackChannels, SlackChannelsArgs
from components.topic import Topic, TopicArgs

Severity = Literal["critical", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "info")
"""Critical wakes somebody, a warning is for the next working day, info is read when something else is wrong."""

HEARTBEAT: Final = "heartbeat"
"""Prometheus' alert that always fires comes in here; no subscription, an alarm counts what was published."""


@dataclass(frozen=True)
class Subscription:
    """Somebody who is told."""

    name: str
    """Stays: it is in the resource's name."""
    severities: Sequence[Severity]
    protocol: Literal["email", "https"]
    endpoint: pulumi.Input[str]
    """An address; of a pager a URL with a key in it, and so a secret."""
    team: str | None = None
    """Only what is that team's; None for everything. Alarms of CloudWatch name no team."""


@dataclass(frozen=True, kw_only=True)
class AlertTopicsArgs:
    """What `AlertTopics` needs."""

    platform: str
    storage_key_arn: pulumi.Input[str]
    """Its policy lets CloudWatch, EventBridge and AWS Budgets use it."""
    subscriptions: Sequence[Subscription]
    slack_workspace_id: str | None
    slack_channels: Mapping[Severity, str]
    """Channel id by severity."""
    account_id: str
    region: str


class AlertTopics(pulumi.ComponentResource):
    """SNS topics with the services that may publish to them, subscriptions and Slack channels."""

    arns: Mapping[str, pulumi.Output[str]]
    """By severity, and of the heartbeat; known when the topic's policy stands."""
    names: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AlertTopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:alert_topics:AlertTopics", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        publishers = _publishers(args)
        topics = {
            topic: Topic(
                f"{name}-{topic}",
                TopicArgs(
                    key_arn=args.storage_key_arn,
                    topic_name=topic_name(args.platform, topic),
                    publishers=() if topic == HEARTBEAT else publishers,
                ),
                child,
            )
            for topic in (*SEVERITIES, HEARTBEAT)
        }
        for subscription in args.subscriptions:
            for severity in subscription.severities:
                sns.TopicSubscription(
                    f"{name}-{subscription.name}-{severity}",
                    topic=topics[severity].arn,
                    protocol=subscription.protocol,
                    endpoint=subscription.endpoint,
                    # A pager confirms by itself; a person follows the link in a mail.
                    endpoint_auto_confirms=True if subscription.protocol == "https" else None,
                    filter_policy=_only_of(subscription.team),
                    filter_policy_scope="MessageAttributes" if subscription.team else None,
                    opts=child,
                )
        if args.slack_workspace_id is not None:
            SlackChannels(
                f"{name}-slack",
                SlackChannelsArgs(
                    platform=args.platform,
                    workspace_id=args.slack_workspace_id,
                    channels={str(severity): channel for severity, channel in args.slack_channels.items()},
                    topic_arns={severity: topics[severity].arn for severity in args.slack_channels},
                ),
                child,
            )
        self.arns = {topic: made.arn for topic, made in topics.items()}
        self.names = {topic: made.name for topic, made in topics.items()}
        self.register_outputs({"arns": self.arns})


def topic_name(platform: str, topic: str) -> str:
    """Name of a topic: `llm-platform-prod-alerts-critical`."""
    return f"{platform}-alerts-{topic}"


def _only_of(team: str | None) -> str | None:
    return json.dumps({"team": [team]}, sort_keys=True) if team else None


def _publishers(args: AlertTopicsArgs) -> list[Statement]:
    """Statements for the platform's own alarms, this account's budgets, and rules of EventBridge.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
    """
    alarms = f"arn:aws:cloudwatch:{args.region}:{args.account_id}:alarm:{args.platform}-*"
    budgets = f"arn:aws:budgets::{args.account_id}:*"
    owner = {"StringEquals": {"aws:SourceAccount": args.account_id}}
    return [
        _publish("Alarms", "cloudwatch", {"ArnLike": {"aws:SourceArn": alarms}, **owner}),
        _publish("Budgets", "budgets", {"ArnLike": {"aws:SourceArn": budgets}, **owner}),
        # Without a condition, as AWS shows it: what EventBridge can't publish is lost without a word.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        _publish("EventRules", "events", {}),
    ]


def _publish(sid: str, service: str, condition: Mapping[str, object]) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sns:Publish",
    }
    return statement | ({"Condition": dict(condition)} if condition else {})
