"""Stack files with a fault in the section observability: a part of the table of bad_inputs.py."""

from __future__ import annotations

from typing import Any

from stacks.sections.thresholds import ThresholdsSettings
from tests.stacks.bad_inputs import PROD, BadInput

MAIL: dict[str, Any] = {"name": "mail", "severities": ["critical", "warning"], "email": "team@example.com"}
METRICS = ["prometheus-operator-crds", "cert-manager", "karpenter-crd", "karpenter", "nvidia-device-plugin"]
MONITORED: dict[str, Any] = {"charts.releases": [*METRICS, "kube-prometheus-stack", "monitoring"]}
GROUP = "b4a8d4f8-5001-70c2-9d1e-3f4a5b6c7d8e"


def observability(**parts: Any) -> dict[str, Any]:
    return {"observability": {"alerts": {"subscriptions": [MAIL]}, **parts}}


def alerts(*subscriptions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"observability": {"alerts": {"subscriptions": list(subscriptions), **more}}}


BAD_OBSERVABILITY = (
    BadInput(
        "alerts that nobody reads at night",
        alerts({**MAIL, "severities": ["warning"]}),
        (
            (
                "observability.alerts.subscriptions: ['mail']: nobody is told of every 'critical' alert: "
                "needs one without a team, or a Slack channel"
            ),
        ),
    ),
    BadInput(
        "alerts that one team alone hears of",
        alerts(MAIL | {"team": "research"}),
        (
            (
                "observability.alerts.subscriptions: ['mail']: nobody is told of every 'critical' alert: "
                "needs one without a team, or a Slack channel"
            ),
            (
                "observability.alerts.subscriptions: ['mail']: nobody is told of every 'warning' alert: needs"
                " one without a team, or a Slack channel"
            ),
        ),
    ),
    BadInput(
        "budgets without alerts",
        {"observability": {"budgets": [{"name": "all", "monthly_dollars": 1}]}},
        (("observability.budgets: ['all']: would tell nobody: needs observability.alerts"),),
    ),
    BadInput(
        "two subscriptions with one name",
        alerts(MAIL, MAIL),
        (
            (
                "observability.alerts.subscriptions[1].name: 'mail': already the name of "
                "observability.alerts.subscriptions[0]"
            ),
        ),
    ),
    BadInput(
        "a subscription to nowhere",
        alerts(MAIL, {"name": "pager", "severities": ["critical"]}),
        (("observability.alerts.subscriptions[1]: 'pager': needs either email or pager"),),
    ),
    BadInput(
        "a pager without TLS",
        alerts({"name": "mail", "severities": ["critical", "warning"], "pager": "http://pager.example.com/"}),
        (
            (
                "observability.alerts.subscriptions[0].pager: 'http://pager.example.com/': allowed: the https"
                " URL of a pager, which holds a key: `pulumi config set --secret --path` writes it"
            ),
        ),
    ),
    BadInput(
        "a mailbox that is none",
        alerts(MAIL | {"email": "team"}),
        (
            (
                "observability.alerts.subscriptions[0].email: 'team': allowed: an e-mail address such as 'on-"
                "call@example.com'"
            ),
        ),
    ),
    BadInput(
        "a severity that is none",
        alerts(MAIL | {"severities": ["page"]}),
        (("observability.alerts.subscriptions[0].severities[0]: 'page': allowed: 'critical', 'warning' or 'info'"),),
    ),
    BadInput(
        "a Slack channel by its name",
        alerts(MAIL, slack={"workspace_id": "T0123ABCD", "channels": {"critical": "#alerts"}}),
        (
            (
                "observability.alerts.slack.channels.critical: '#alerts': allowed: the id of a Slack channel "
                "such as 'C0123ABCD'"
            ),
        ),
    ),
    BadInput(
        "runbooks without TLS",
        alerts(MAIL, runbooks_url="http://git.example.com/llm-platform"),
        (
            (
                "observability.alerts.runbooks_url: 'http://git.example.com/llm-platform': allowed: the https URL of "
                "the folder that the repository's files are read at, such as 'https://git.example.com/llm-platform/blob/main'"
            ),
        ),
    ),
    BadInput(
        "runbooks at an address that would end the template",
        alerts(MAIL, runbooks_url='https://git.example.com/"}}'),
        (
            (
                "observability.alerts.runbooks_url: 'https://git.example.com/\"}}': allowed: the https URL of the "
                "folder that the repository's files are read at, such as 'https://git.example.com/llm-platform/blob/main'"
            ),
        ),
    ),
    BadInput(
        "a threshold that no alert has",
        observability(thresholds={"gpu_celcius": 85}) | MONITORED,
        (
            (
                "observability.thresholds.gpu_celcius: 85: unknown key; did you mean 'gpu_celsius'?; allowed: "
                + ", ".join(ThresholdsSettings.model_fields)
            ),
        ),
    ),
    BadInput(
        "a threshold in other units",
        observability(thresholds={"kv_cache_ratio": 95, "queue_wait_hours": "4h"}) | MONITORED,
        (
            ("observability.thresholds.kv_cache_ratio: 95: allowed: a share from 0.01 to 1"),
            ("observability.thresholds.queue_wait_hours: '4h': allowed: a number of hours from 0.1 to 11"),
        ),
    ),
    BadInput(
        "a wait that Kueue's last bucket can't tell",
        observability(thresholds={"queue_wait_hours": 12}) | MONITORED,
        (("observability.thresholds.queue_wait_hours: 12: allowed: a number of hours from 0.1 to 11"),),
    ),
    BadInput(
        "a threshold that no rule reads",
        observability(thresholds={"gpu_celsius": 85}),
        (
            (
                "observability.thresholds: {gpu_celsius: 85.0}: no alert would read them: needs 'monitoring' in "
                "charts.releases"
            ),
        ),
    ),
    BadInput(
        "two budgets with one name",
        observability(budgets=[{"name": "all", "monthly_dollars": 1}, {"name": "all", "monthly_dollars": 2}]),
        (("observability.budgets[1].name: 'all': already the name of observability.budgets[0]"),),
    ),
    BadInput(
        "a budget of a team without machines",
        observability(budgets=[{"name": "research", "monthly_dollars": 1, "team": "research"}]),
        (
            (
                "observability.budgets[0].team: 'research': nothing carries this team's tag, the budget would"
                " stay at 0; allowed: 'ml-platform'"
            ),
        ),
    ),
    BadInput(
        "metrics that nothing writes",
        observability(metrics={}),
        (
            (
                "observability.metrics: {retention_days: 150, most_series: 1000000}: nothing would be written"
                " to it: needs 'kube-prometheus-stack' in charts.releases"
            ),
        ),
    ),
    BadInput(
        "a Grafana without metrics",
        observability(grafana={"version": "10.4", "admin_group_ids": [GROUP]}),
        (
            (
                "observability.grafana: '10.4': it can't reach into the cluster, and would show nothing of "
                "it: needs observability.metrics"
            ),
        ),
    ),
    BadInput(
        "a Grafana that nobody administers",
        observability(metrics={}, grafana={"version": "10.4"})
        | {"charts.releases": [*METRICS, "kube-prometheus-stack"]},
        (("observability.grafana.admin_group_ids: []: needs a group, or nobody could let anybody in"),),
    ),
    BadInput(
        "a trail that keeps what no log group keeps",
        observability(audit_trail={"log_retention_days": 31}),
        (
            (
                "observability.audit_trail.log_retention_days: 31: allowed: days that CloudWatch Logs keeps: "
                "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,"
                " 3288 or 3653"
            ),
        ),
    ),
    BadInput(
        "prod that tells nobody",
        PROD | {"observability": {}},
        (("observability.alerts: not set: required in prod: somebody has to be told"),),
    ),
    BadInput(
        "prod without alarms",
        PROD | {"observability.alerts.alarms": False},
        (("observability.alerts.alarms: false: allowed in prod: true"),),
    ),
)
