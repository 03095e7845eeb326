"""Wires what watches one environment from outside its cluster: alarms, metrics, dashboards, budgets, the trail.

Not called observability.py: the program's folder stands first on the import path, where it would hide that package.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.alarm import Alarm
from components.alert_topics import AlertTopicsArgs, Subscription
from components.audit_trail import AuditTrailArgs
from components.burst_alarms import burst_alarms
from components.burst_endpoint import VARIANT, BurstEndpoint
from components.database_alarms import database_alarms
from components.grafana_workspace import GrafanaWorkspaceArgs
from components.interruption import Interruption
from components.machine_alarms import host_alarms, interruption_alarms, scratch_alarms
from components.metrics_workspace import MetricsWorkspaceArgs
from components.naming import bucket_name
from components.network_alarms import endpoint_alarms, nat_alarms
from components.observability import Observability, ObservabilityArgs
from components.scratch import Scratch
from components.storage import Storage
from components.team_budgets import TeamBudget
from components.vector_database import VectorDatabase
from stacks.foundation import Foundation
from stacks.gpu_hosts import GpuHosts
from stacks.sections.observability import AlertsSettings, SubscriptionSettings
from stacks.sections.observability_rules import METRICS_RELEASE

PublishedValue = pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What of the environment lives outside the cluster."""

    storage: Storage
    interruption: Interruption
    hosts: GpuHosts
    scratch: Scratch | None
    burst: BurstEndpoint | None
    vector_database: VectorDatabase | None


def build_observability(ground: Foundation, watched: Watched) -> Observability | None:
    """Register the parts that the stack file switches on; None where it has none."""
    settings = ground.settings
    wanted = settings.observability
    if not any((wanted.alerts, wanted.metrics, wanted.grafana, wanted.budgets, wanted.audit_trail)):
        return None
    return Observability(
        "observability",
        ObservabilityArgs(
            platform=ground.name,
            owner=settings.ownership.team,
            alerts=_alerts(ground, wanted.alerts) if wanted.alerts else None,
            alarms=_alarms(ground, watched) if wanted.alerts and wanted.alerts.alarms else None,
            heartbeat=METRICS_RELEASE in settings.charts.releases,
            metrics=_metrics(ground),
            grafana=_grafana(ground),
            budgets=[TeamBudget(budget.name, budget.monthly_dollars, budget.team) for budget in wanted.budgets],
            trail=_trail(ground, watched.storage),
        ),
        ground.opts,
    )


def observability_outputs(observability: Observability) -> dict[str, PublishedValue]:
    """What is published of it."""
    outputs: dict[str, PublishedValue] = {
        f"observability/topics/{topic}-arn": arn for topic, arn in observability.topic_arns.items()
    }
    if (metrics := observability.metrics) is not None:
        outputs |= {"observability/metrics/workspace-id": metrics.workspace_id}
        outputs |= {"observability/metrics/query-url": metrics.query_url}
    if (grafana := observability.grafana) is not None:
        outputs |= {"observability/grafana/workspace-id": grafana.workspace_id}
        outputs |= {"observability/grafana/endpoint": grafana.endpoint}
    if (trail := observability.trail) is not None:
        outputs |= {"observability/audit-trail/bucket": trail.bucket_name}
    return outputs


def _alerts(ground: Foundation, wanted: AlertsSettings) -> AlertTopicsArgs:
    return AlertTopicsArgs(
        platform=ground.name,
        storage_key_arn=ground.keys.storage_key_arn,
        subscriptions=[_subscription(entry) for entry in wanted.subscriptions],
        slack_workspace_id=wanted.slack.workspace_id if wanted.slack else None,
        slack_channels=wanted.slack.channels if wanted.slack else {},
        account_id=ground.settings.aws.account_id,
        region=ground.settings.aws.region,
    )


def _subscription(entry: SubscriptionSettings) -> Subscription:
    if entry.pager is not None:
        return Subscription(entry.name, entry.severities, "https", pulumi.Output.secret(entry.pager), entry.team)
    # Settings refuse an entry with neither.
    return Subscription(entry.name, entry.severities, "email", entry.email or "", entry.team)


def _alarms(ground: Foundation, watched: Watched) -> list[Alarm]:
    network, settings = ground.network, ground.settings
    alarms = [
        *nat_alarms(network.nat_gateway_ids),
        *endpoint_alarms(network.interface_endpoint_ids, network.vpc_id, settings.aws.region),
        *interruption_alarms(watched.interruption.queue_name),
        *host_alarms(watched.hosts.instance_ids),
    ]
    if watched.vector_database is not None and watched.vector_database.aurora is not None:
        alarms += database_alarms(watched.vector_database.aurora)
    if watched.scratch is not None and settings.storage.scratch is not None:
        alarms += scratch_alarms(watched.scratch.file_system_id, settings.storage.scratch.capacity_gib)
    if watched.burst is not None and settings.burst_endpoint is not None:
        alarms += burst_alarms(watched.burst.endpoint_name, VARIANT, settings.burst_endpoint.mode)
    return alarms


def _metrics(ground: Foundation) -> MetricsWorkspaceArgs | None:
    wanted = ground.settings.observability.metrics
    if wanted is None:
        return None
    return MetricsWorkspaceArgs(
        platform=ground.name,
        storage_key_arn=ground.keys.storage_key_arn,
        retention_days=wanted.retention_days,
        most_series=wanted.most_series,
        retained=ground.settings.storage.retained,
    )


def _grafana(ground: Foundation) -> GrafanaWorkspaceArgs | None:
    wanted, aws = ground.settings.observability.grafana, ground.settings.aws
    if wanted is None:
        return None
    return GrafanaWorkspaceArgs(
        platform=ground.name,
        version=wanted.version,
        groups={
            "ADMIN": wanted.admin_group_ids,
            "EDITOR": wanted.editor_group_ids,
            "VIEWER": wanted.viewer_group_ids,
        },
        metrics_workspace_arn=None,
        storage_key_arn=ground.keys.storage_key_arn,
        account_id=aws.account_id,
        region=aws.region,
    )


def _trail(ground: Foundation, storage: Storage) -> AuditTrailArgs | None:
    settings = ground.settings
    wanted, aws = settings.observability.audit_trail, settings.aws
    if wanted is None:
        return None
    return AuditTrailArgs(
        platform=ground.name,
        bucket_name=bucket_name(ground.name, "trail", aws.account_id, aws.region),
        logs_key_arn=ground.keys.logs_key_arn,
        lock_days=settings.storage.audit_lock_days,
        retained=settings.storage.retained,
        log_retention_days=wanted.log_retention_days,
        data_bucket_arns={purpose: storage.bucket_arns[purpose] for purpose in wanted.object_events},
        alert_topic_arn=None,
        account_id=aws.account_id,
        region=aws.region,
    )
