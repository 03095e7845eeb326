"""Alarms of alerting itself: messages that reach nobody, and a Prometheus that has fallen silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.alarm import Alarm
from components.alert_topics import HEARTBEAT

NAMESPACE: Final = "AWS/SNS"
"""https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html"""
SILENCE_MINUTES: Final = 15
"""Alertmanager repeats the heartbeat every five."""


def delivery_alarms(topic_names: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """Messages of a severity's topic that could not be delivered to somebody who wants them."""
    return [
        Alarm(
            kind="AlertDeliveryFails",
            subject=topic,
            severity="critical",
            summary=f"Messages of the topic {topic} reach a subscription no more: a pager, a mailbox, a channel.",
            namespace=NAMESPACE,
            metric="NumberOfNotificationsFailed",
            dimensions={"TopicName": topic_name},
            statistic="Sum",
            period_seconds=300,
            periods=1,
            comparison="above",
            threshold=0,
        )
        for topic, topic_name in topic_names.items()
        if topic != HEARTBEAT
    ]


def heartbeat_alarms(topic_name: pulumi.Input[str]) -> list[Alarm]:
    """No heartbeat: Prometheus, Alertmanager or their way to SNS is down, and no other alert of theirs would come."""
    return [
        Alarm(
            kind="AlertingSilent",
            subject="",
            severity="critical",
            summary=f"No heartbeat of Prometheus and Alertmanager for {SILENCE_MINUTES} minutes.",
            namespace=NAMESPACE,
            metric="NumberOfMessagesPublished",
            dimensions={"TopicName": topic_name},
            statistic="Sum",
            period_seconds=SILENCE_MINUTES * 60,
            periods=1,
            comparison="below",
            threshold=1,
            missing="breaching",
        )
    ]
