"""Platform overview: is everything well, and if not, where to look."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, lines, number, states
from observability.dashboards.tables import Column, Link, rows

TEAM = 'team=~"$team"'


def dashboard() -> Dashboard:
    """What somebody on call opens first."""
    return board(
        "llm-platform-overview",
        "Platform overview",
        "Is everything well? Alerts, service levels, traffic, GPUs and money on one screen; links lead to details.",
        [Choice("team", "llm:requests:rate5m")],
        [health(), serving(), capacity(), alerts()],
        hours=24,
    )


def health() -> Section:
    """Six numbers."""
    return Section(
        "Is everything well?",
        [
            number(
                "Critical alerts",
                "Alerts of severity critical that fire now. Anything above 0 has somebody's attention, or should.",
                'count(ALERTS{alertstate="firing", severity="critical"}) or vector(0)',
                "none",
                first="green",
                steps=[("red", 1)],
            ),
            number(
                "Warnings",
                "Alerts of severity warning that fire now.",
                'count(ALERTS{alertstate="firing", severity="warning"}) or vector(0)',
                "none",
                first="green",
                steps=[("yellow", 1)],
            ),
            number(
                "Smallest error budget",
                "What is left of the 30 days' error budget of the model and service level that have least.",
                f"min(slo:error_budget_remaining:ratio{{{TEAM}}})",
                "percentunit",
                first="red",
                steps=[("yellow", 0.1), ("green", 0.5)],
                decimals=0,
            ),
            number(
                "Requests failed",
                "Failed requests among all, over five minutes.",
                f"sum(llm:requests_failed:rate5m{{{TEAM}}}) / sum(llm:requests:rate5m{{{TEAM}}})",
                "percentunit",
                first="green",
                steps=[("yellow", 0.005), ("red", 0.02)],
                decimals=2,
            ),
            number(
                "GPUs in use",
                "GPUs that a pod holds, among all there are.",
                "sum(pool:gpus_allocated:count) / sum(pool:gpus:count)",
                "percentunit",
                decimals=0,
            ),
            number(
                "Spent on GPUs an hour",
                "Catalogue price of the GPUs that are held, mean of the last hour.",
                f"sum(cost:gpu_dollars:rate1h{{{TEAM}}})",
                "currencyUSD",
                decimals=0,
            ),
        ],
    )


def serving() -> Section:
    """What users notice."""
    return Section(
        "Serving",
        [
            lines(
                "Requests",
                "Requests a second, by model.",
                [Query(f"sum by (model) (llm:requests:rate5m{{{TEAM}}})", "{{model}}")],
                "reqps",
                stacked=True,
            ),
            lines(
                "Time to first token, 95th percentile",
                "One request in twenty waits longer for its first token. A gap is a model without traffic.",
                [Query(f"max by (model) (llm:ttft_seconds:p95_5m{{{TEAM}}})", "{{model}}")],
                "s",
            ),
            rows(
                "Models",
                "Every model with its traffic, latency, error budget and cost; a model's name leads to its dashboard.",
                ["model", "team"],
                [
                    Column("Replicas", f"sum by (model, team) (llm:replicas_ready{{{TEAM}}})", "none"),
                    Column("Requests/s", f"sum by (model, team) (llm:requests:rate5m{{{TEAM}}})", "short", 1),
                    Column("Waiting", f"sum by (model, team) (llm:requests_waiting{{{TEAM}}})", "none", 0),
                    Column("TTFT p95", f"max by (model, team) (llm:ttft_seconds:p95_5m{{{TEAM}}})", "s"),
                    Column(
                        "Budget left",
                        f"min by (model, team) (slo:error_budget_remaining:ratio{{{TEAM}}})",
                        "percentunit",
                        0,
                        steps=[("yellow", 0.1), ("green", 0.5)],
                        first="red",
                    ),
                    Column(
                        "$/h", f'sum by (model, team) (cost:gpu_dollars:rate1h{{{TEAM}, model!=""}})', "currencyUSD", 2
                    ),
                ],
                links=[Link("model", "llm-model", "model"), Link("team", "llm-cost", "team")],
                descending="Requests/s",
                height=8,
            ),
        ],
    )


def capacity() -> Section:
    """What it runs on."""
    return Section(
        "Capacity",
        [
            lines(
                "GPUs held",
                "GPUs that a pod holds, by pool.",
                [Query("sum by (pool) (pool:gpus_allocated:count)", "{{pool}}")],
                "none",
                span=8,
                stacked=True,
            ),
            lines(
                "Workloads that wait for GPUs",
                "Workloads in Kueue's queues that are not admitted yet.",
                [Query("sum by (queue) (queue:pending_workloads)", "{{queue}}")],
                "none",
                span=8,
            ),
            bars(
                "Spent an hour",
                "Dollars an hour for the GPUs that each team holds, mean of the last hour.",
                Query(f"sort_desc(sum by (team) (cost:gpu_dollars:rate1h{{{TEAM}}}))", "{{team}}"),
                "currencyUSD",
            ),
        ],
    )


def alerts() -> Section:
    """Which alerts fired when."""
    return Section(
        "Alerts",
        [
            states(
                "Alerts that fired",
                "A lane for each alert that fired in this time; its colour is the severity.",
                Query(
                    'max by (alertname) (ALERTS{alertstate="firing", severity="info"}) '
                    'or max by (alertname) (ALERTS{alertstate="firing", severity="warning"}) * 2 '
                    'or max by (alertname) (ALERTS{alertstate="firing", severity="critical"}) * 3',
                    "{{alertname}}",
                ),
                {1: ("info", "blue"), 2: ("warning", "yellow"), 3: ("critical", "red")},
            )
        ],
    )
