"""What watches the platform from outside the cluster: topics, alarms, metrics, dashboards, budgets and the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.alarm import Alarm
from components.alarms import Alarms, AlarmsArgs
from components.alert_topics import HEARTBEAT, AlertTopics, AlertTopicsArgs
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.delivery_alarms import delivery_alarms, heartbeat_alarms
from components.grafana_workspace import GrafanaWorkspace, GrafanaWorkspaceArgs
from components.metrics_workspace import MetricsWorkspace, MetricsWorkspaceArgs
from components.team_budgets import TeamBudget, TeamBudgets, TeamBudgetsArgs


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """The parts that are on: each may be None or empty, and then nothing of it is made."""

    platform: str
    owner: str
    """Team that acts on alarms."""
    alerts: AlertTopicsArgs | None
    alarms: Sequence[Alarm] | None
    """Of what lives outside the cluster; those of the topics come by themselves. Not None only with alerts."""
    heartbeat: bool
    """Whether Alertmanager publishes one."""
    metrics: MetricsWorkspaceArgs | None
    grafana: GrafanaWorkspaceArgs | None
    """Its metrics are those above, whatever it says itself."""
    budgets: Sequence[TeamBudget]
    """Not empty only with alerts."""
    trail: AuditTrailArgs | None
    """Its topic is that of the alerts above."""

    def __post_init__(self) -> None:
        """Refuse what would tell nobody."""
        if self.alerts is None and (self.alarms is not None or self.budgets):
            raise ValueError(f"{self.platform}: alarms and budgets need alerts, which would be told")


class Observability(pulumi.ComponentResource):
    """The parts together: alarms, budgets and the trail tell the topics, dashboards read the metrics."""

    topic_arns: Mapping[str, pulumi.Output[str]]
    """By severity, and of the heartbeat; empty without alerts."""
    metrics: MetricsWorkspace | None
    grafana: GrafanaWorkspace | None
    trail: AuditTrail | None

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:observability:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topics = AlertTopics(f"{name}-alerts", args.alerts, child) if args.alerts else None
        self.topic_arns = topics.arns if topics else {}
        if topics is not None and args.alarms is not None:
            alarms = [*args.alarms, *delivery_alarms(topics.names)]
            if args.heartbeat:
                alarms += heartbeat_alarms(topics.names[HEARTBEAT])
            Alarms(
                f"{name}-alarms",
                AlarmsArgs(platform=args.platform, alarms=alarms, topic_arns=topics.arns, owner=args.owner),
                child,
            )
        if topics is not None and args.budgets:
            TeamBudgets(
                f"{name}-budgets",
                TeamBudgetsArgs(platform=args.platform, budgets=args.budgets, topic_arns=topics.arns),
                child,
            )
        self.metrics = MetricsWorkspace(f"{name}-metrics", args.metrics, child) if args.metrics else None
        self.grafana = (
            GrafanaWorkspace(
                f"{name}-grafana",
                replace(args.grafana, metrics_workspace_arn=self.metrics.arn if self.metrics else None),
                child,
            )
            if args.grafana
            else None
        )
        self.trail = (
            AuditTrail(f"{name}-audit", replace(args.trail, alert_topic_arn=self.topic_arns.get("critical")), child)
            if args.trail
            else None
        )
        self.register_outputs({"topicArns": dict(self.topic_arns)})
