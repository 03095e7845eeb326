"""The parts together: each is made only where it is wanted, and they tell the topics. Does not prove what AWS does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.alert_topics import AlertTopicsArgs, Subscription
from components.audit_trail import AuditTrailArgs
from components.grafana_workspace import GrafanaWorkspaceArgs
from components.machine_alarms import interruption_alarms
from components.metrics_workspace import MetricsWorkspaceArgs
from components.observability import Observability, ObservabilityArgs
from components.team_budgets import TeamBudget
from tests.components.recorder import Recording, record

KEY = "arn:aws:kms:us-east-1:111122223333:key/storage"
HOME: dict[str, Any] = {"account_id": "111122223333", "region": "us-east-1"}
PARTS: dict[str, Any] = {
    "alerts": AlertTopicsArgs(
        platform="llm-platform-dev",
        storage_key_arn=KEY,
        subscriptions=[Subscription("mail", ["critical"], "email", "team@example.com")],
        slack_workspace_id=None,
        slack_channels={},
        **HOME,
    ),
    "alarms": interruption_alarms("interruption"),
    "heartbeat": True,
    "metrics": MetricsWorkspaceArgs(
        platform="llm-platform-dev", storage_key_arn=KEY, retention_days=150, most_series=1000000, retained=True
    ),
    "grafana": GrafanaWorkspaceArgs(
        platform="llm-platform-dev",
        version="10.4",
        groups={"ADMIN": ["admins"], "EDITOR": [], "VIEWER": ["all"]},
        metrics_workspace_arn=None,
        storage_key_arn=KEY,
        **HOME,
    ),
    "budgets": [TeamBudget("account", 1000), TeamBudget("research", 500, "research")],
    "trail": AuditTrailArgs(
        platform="llm-platform-dev",
        bucket_name="llm-platform-dev-trail",
        logs_key_arn=KEY,
        lock_days=0,
        retained=False,
        log_retention_days=30,
        data_bucket_arns={},
        alert_topic_arn=None,
        **HOME,
    ),
}
NONE: dict[str, Any] = {
    "alerts": None,
    "alarms": None,
    "heartbeat": False,
    "metrics": None,
    "grafana": None,
    "budgets": [],
    "trail": None,
}
TYPES = {
    "alerts": "llm-platform:alert_topics:AlertTopics",
    "alarms": "llm-platform:alarms:Alarms",
    "metrics": "llm-platform:metrics_workspace:MetricsWorkspace",
    "grafana": "llm-platform:grafana_workspace:GrafanaWorkspace",
    "budgets": "llm-platform:team_budgets:TeamBudgets",
    "trail": "llm-platform:audit_trail:AuditTrail",
}


def recorded(parts: dict[str, Any], *, preview: bool = False) -> Recording:
    def build() -> None:
        Observability("observability", ObservabilityArgs(platform="llm-platform-dev", owner="ml-platform", **parts))

    return record(build, preview=preview)


def made(recording: Recording) -> set[str]:
    types = {type_ for type_, _ in recording.children()}
    return {part for part, type_ in TYPES.items() if type_ in types}


@pytest.mark.parametrize("preview", [False, True])
def test_all_parts_are_made(preview: bool) -> None:
    assert made(recorded(PARTS, preview=preview)) == TYPES.keys()


@pytest.mark.parametrize("part", ["alerts", "metrics", "grafana", "trail"])
def test_a_part_stands_by_itself(part: str) -> None:
    assert made(recorded(NONE | {part: PARTS[part]})) == {part}


@pytest.mark.parametrize("part", ["alarms", "budgets"])
def test_what_would_tell_nobody_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="alarms and budgets need alerts"):
        recorded(NONE | {part: PARTS[part]})


def test_alarms_of_the_topics_come_by_themselves() -> None:
    names = {name for type_, name in recorded(PARTS).children() if type_.endswith(":MetricAlarm")}
    assert names == {
        "observability-alarms-InterruptionsUnread",
        "observability-alarms-AlertingSilent",
        *(f"observability-alarms-AlertDeliveryFails-{severity}" for severity in ("critical", "warning", "info")),
    }


def test_without_a_heartbeat_its_absence_is_no_alarm() -> None:
    names = {name for _, name in recorded(PARTS | {"heartbeat": False}).children()}
    assert "observability-alarms-AlertingSilent" not in names


def test_the_trail_tells_the_critical_topic() -> None:
    target = recorded(PARTS).one("observability-audit-tampering-target").inputs
    assert target["arn"].endswith("observability-alerts-critical")


def test_a_budget_warns_first() -> None:
    budget = recorded(PARTS).one("observability-budgets-research").inputs
    assert (budget["name"], budget["limitAmount"], budget["limitUnit"]) == ("llm-platform-dev-research", "500", "USD")
    assert budget["filterExpression"] == {"tags": {"key": "llm-platform:team", "values": ["research"]}}
    told = [
        (notification["notificationType"], notification["threshold"], notification["subscriberSnsTopicArns"][0])
        for notification in budget["notifications"]
    ]
    topic = "arn:aws:mock:us-east-1:111122223333:observability-alerts"
    assert told == [
        ("ACTUAL", 80, f"{topic}-warning"),
        ("FORECASTED", 100, f"{topic}-warning"),
        ("ACTUAL", 100, f"{topic}-critical"),
    ]


def test_the_accounts_budget_has_no_filter() -> None:
    assert "filterExpression" not in recorded(PARTS).one("observability-budgets-account").inputs


def test_metrics_are_limited_kept_and_encrypted() -> None:
    recording = recorded(PARTS)
    workspace = recording.one("observability-metrics-workspace")
    assert workspace.inputs == {"alias": "llm-platform-dev", "kmsKeyArn": KEY}
    assert workspace.protect
    assert workspace.retain_on_delete
    configuration = recording.one("observability-metrics-configuration").inputs
    assert configuration["retentionPeriodInDays"] == 150
    assert configuration["limitsPerLabelSets"] == [{"labelSet": {}, "limits": {"maxSeries": 1000000}}]


def test_grafana_reads_this_workspace_and_no_logs() -> None:
    recording = recorded(PARTS)
    assert recording.one("observability-grafana-workspace").inputs["dataSources"] == ["CLOUDWATCH", "PROMETHEUS"]
    policy = json.loads(recording.one("observability-grafana-read").inputs["policy"])
    metrics, queries = policy["Statement"]
    assert metrics["Resource"] == "*"
    assert all(action.startswith("cloudwatch:") for action in metrics["Action"])
    assert queries["Resource"].endswith("observability-metrics-workspace")
    roles = recording.of_type("aws:grafana/roleAssociation:RoleAssociation")
    assert {role.inputs["role"]: role.inputs["groupIds"] for role in roles} == {"ADMIN": ["admins"], "VIEWER": ["all"]}


def test_grafana_without_metrics_shows_cloudwatch() -> None:
    recording = recorded(NONE | {"grafana": PARTS["grafana"]})
    assert recording.one("observability-grafana-workspace").inputs["dataSources"] == ["CLOUDWATCH"]
