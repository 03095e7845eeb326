"""The section `observability`: what AWS watches and keeps of the platform; every part is off when left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.alert_topics import Severity
from stacks.sections.section import Section
from stacks.sections.thresholds import ThresholdsSettings
from stacks.value_types import Flag, GroupName, LogRetentionDays, Text, Whole

EmailAddress = Annotated[
    str,
    Text("an e-mail address such as 'on-call@example.com'", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
]
PagerUrl = Annotated[
    str,
    Text(
        "the https URL of a pager, which holds a key: `pulumi config set --secret --path` writes it",
        # A rehearsal can't decrypt a secret, and has this in its place (stacks/project.py).
        r"https://[A-Za-z0-9.-]+/\S*|rehearsal-observability",
    ),
]
RunbooksUrl = Annotated[
    str,
    Text(
        "the https URL of the folder that the repository's files are read at, such as "
        "'https://git.example.com/llm-platform/blob/main'",
        r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?",
    ),
]
SlackWorkspaceId = Annotated[str, Text("the id of a Slack workspace such as 'T0123ABCD'", "T[0-9A-Z]{1,254}")]
SlackChannelId = Annotated[str, Text("the id of a Slack channel such as 'C0123ABCD'", "[CG][0-9A-Z]{1,254}")]
GroupId = Annotated[
    str,
    Text(
        "the id of a group in IAM Identity Center such as '906742a1c3-5d0f6c2a-1b2c-4d3e-8f90-a1b2c3d4e5f6'",
        r"(?:[0-9a-f]{10}-)?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    ),
]
GrafanaVersion = Annotated[
    str, Text("a version of Managed Grafana such as '10.4', in quotes", r"[0-9]{1,2}\.[0-9]{1,2}")
]
DataBucket = Literal["models", "datasets", "checkpoints", "prompts"]


class MetricsSettings(Section):
    """Amazon Managed Service for Prometheus: the recorded series, kept beyond the cluster."""

    retention_days: Annotated[int, Whole(1, 1095, "days")] = 150
    """How long a sample is kept"""

    most_series: Annotated[int, Whole(10000, 50000000, "series")] = 1000000
    """Active series that are taken in at most"""


class GrafanaSettings(Section):
    """Amazon Managed Grafana, for those who have no way into the cluster; people sign in with IAM Identity Center."""

    version: GrafanaVersion = "10.4"
    """Major and minor version"""

    admin_group_ids: tuple[GroupId, ...] = ()
    """Groups that may change everything"""

    editor_group_ids: tuple[GroupId, ...] = ()
    """Groups that may change dashboards"""

    viewer_group_ids: tuple[GroupId, ...] = ()
    """Groups that may look"""


class SubscriptionSettings(Section):
    """Somebody who is told of alerts."""

    name: GroupName
    """What it is called; stays, for a new name is a new subscription"""

    severities: Annotated[tuple[Severity, ...], Field(min_length=1)]
    """Of which severities"""

    email: EmailAddress | None = None
    """A mailbox; somebody has to follow the link in the first mail"""

    pager: PagerUrl | None = None
    """Where a pager takes messages of SNS; a secret"""

    team: GroupName | None = None
    """Only what is that team's, which alarms of CloudWatch never are; everything when left out"""


class SlackSettings(Section):
    """Slack channels; somebody has let AWS into the workspace in the console of Amazon Q Developer first."""

    workspace_id: SlackWorkspaceId
    """Workspace that the channels are in"""

    channels: Annotated[dict[Severity, SlackChannelId], Field(min_length=1)]
    """Channel by severity"""


class AlertsSettings(Section):
    """A topic for each severity, and who is told through it."""

    subscriptions: tuple[SubscriptionSettings, ...] = ()
    """Mailboxes and pagers"""

    slack: SlackSettings | None = None
    """Channels in Slack"""

    runbooks_url: RunbooksUrl | None = None
    """Where messages link a runbook: before its path, docs/runbooks/<alert>.md, which stands alone when left out"""

    alarms: Flag = True
    """Whether CloudWatch watches the database, the network's ways out, hosts, queues and alerting itself"""


class BudgetSettings(Section):
    """The most that is to be spent in a calendar month."""

    name: GroupName
    """Name of the budget"""

    monthly_dollars: Annotated[int, Whole(1, 100000000, "dollars")]
    """Limit in US dollars"""

    team: GroupName | None = None
    """Whose machines it is about, as `team` of pools and hosts says; the whole account when left out"""


class AuditTrailSettings(Section):
    """CloudTrail: who did what in the account."""

    log_retention_days: LogRetentionDays
    """How long it can be searched in CloudWatch Logs; the bucket keeps it under storage.audit_lock_days"""

    object_events: tuple[DataBucket, ...] = ()
    """Buckets of which every read and write of an object is recorded; each event is paid for"""


class ObservabilitySettings(Section):
    """What AWS watches and keeps of the platform."""

    alerts: AlertsSettings | None = None
    """Topics, subscriptions and alarms; none when left out"""

    metrics: MetricsSettings | None = None
    """Managed Prometheus; metrics stay in the cluster when left out"""

    grafana: GrafanaSettings | None = None
    """Managed Grafana; the one in the cluster when left out"""

    budgets: tuple[BudgetSettings, ...] = ()
    """Limits of the account and of teams"""

    thresholds: ThresholdsSettings = ThresholdsSettings()
    """When alerts of the cluster fire, where it is not as everywhere"""

    audit_trail: AuditTrailSettings | None = None
    """CloudTrail; left out where the organisation has a trail over all accounts"""
