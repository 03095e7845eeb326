"""Cost: what GPUs cost, who spends it, and what of it does nothing."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, lines, number
from observability.dashboards.tables import Column, rows

SPENT = 'team=~"$team", pool=~"$pool"'
POOL = 'pool=~"$pool"'
IN_RANGE = "[$__range])) * $__range_s / 3600"


def dashboard() -> Dashboard:
    """Money at the catalogue's prices; the bill, with its discounts, is AWS's own."""
    return board(
        "llm-cost",
        "Cost",
        "GPU money by team, model and pool, at the catalogue's prices, and how much of it does nothing.",
        [Choice("team", "cost:gpu_dollars:rate1h"), Choice("pool", 'cost:gpu_dollars:rate1h{team=~"$team"}')],
        [now(), spent(), wasted(), bills()],
        hours=24,
    )


def now() -> Section:
    """Six numbers."""
    return Section(
        "Now",
        [
            number(
                "Spent an hour",
                "GPUs that pods hold, mean of the last hour.",
                f"sum(cost:gpu_dollars:rate1h{{{SPENT}}})",
                "currencyUSD",
                decimals=0,
            ),
            number(
                "Spent in this time",
                "GPUs that pods held, over the time shown.",
                f"sum(avg_over_time(cost:gpu_dollars:rate1h{{{SPENT}}}{IN_RANGE}",
                "currencyUSD",
                decimals=0,
                whole_range=True,
            ),
            number(
                "A month at this pace",
                "The last hour times 730.",
                f"sum(cost:gpu_dollars:rate1h{{{SPENT}}}) * 730",
                "currencyUSD",
                decimals=0,
            ),
            number(
                "Held but idle, an hour",
                "Of what is spent: GPUs that did next to nothing for half an hour.",
                f"sum(cost:gpu_idle_dollars:rate1h{{{SPENT}}})",
                "currencyUSD",
                first="green",
                steps=[("yellow", 20), ("red", 100)],
                decimals=0,
            ),
            number(
                "Held by nobody, an hour",
                "On top of what is spent: GPUs that no pod holds.",
                f"sum(cost:gpu_unallocated_dollars:rate1h{{{POOL}}})",
                "currencyUSD",
                decimals=0,
            ),
            number(
                "Doing nothing",
                "Idle and held by nobody, among all GPU money.",
                f"(sum(cost:gpu_idle_dollars:rate1h{{{SPENT}}}) + sum(cost:gpu_unallocated_dollars:rate1h{{{POOL}}}))"
                f" / (sum(cost:gpu_dollars:rate1h{{{SPENT}}}) + sum(cost:gpu_unallocated_dollars:rate1h{{{POOL}}}))",
                "percentunit",
                first="green",
                steps=[("yellow", 0.2), ("red", 0.4)],
                decimals=0,
            ),
        ],
    )


def spent() -> Section:
    """Who spends it."""
    return Section(
        "Spent",
        [
            lines(
                "By team",
                "Dollars an hour for the GPUs that each team holds.",
                [Query(f"sum by (team) (cost:gpu_dollars:rate1h{{{SPENT}}})", "{{team}}")],
                "currencyUSD",
                span=8,
                stacked=True,
            ),
            lines(
                "By model",
                "Dollars an hour for the GPUs of each model's replicas.",
                [Query(f'sum by (model) (cost:gpu_dollars:rate1h{{{SPENT}, model!=""}})', "{{model}}")],
                "currencyUSD",
                span=8,
                stacked=True,
            ),
            lines(
                "By pool",
                "Dollars an hour, by pool. What moves to spot shows here.",
                [Query(f"sum by (pool) (cost:gpu_dollars:rate1h{{{SPENT}}})", "{{pool}}")],
                "currencyUSD",
                span=8,
                stacked=True,
            ),
        ],
    )


def wasted() -> Section:
    """What of it does nothing."""
    return Section(
        "Doing nothing",
        [
            lines(
                "Held but idle",
                "Dollars an hour for GPUs that a team holds and does not use.",
                [Query(f"sum by (team) (cost:gpu_idle_dollars:rate1h{{{SPENT}}})", "{{team}}")],
                "currencyUSD",
                stacked=True,
            ),
            lines(
                "Held by nobody",
                "Dollars an hour for GPUs that no pod holds, by pool. A floor of nodes for the next model is here too.",
                [Query(f"sum by (pool) (cost:gpu_unallocated_dollars:rate1h{{{POOL}}})", "{{pool}}")],
                "currencyUSD",
                stacked=True,
            ),
        ],
    )


def bills() -> Section:
    """The time shown, added up."""
    return Section(
        "In this time",
        [
            rows(
                "Teams",
                "What each team spent in the time shown, and what of it was idle.",
                ["team"],
                [
                    Column(
                        "Spent",
                        f"sum by (team) (avg_over_time(cost:gpu_dollars:rate1h{{{SPENT}}}{IN_RANGE}",
                        "currencyUSD",
                        0,
                    ),
                    Column(
                        "Idle",
                        f"sum by (team) (avg_over_time(cost:gpu_idle_dollars:rate1h{{{SPENT}}}{IN_RANGE}",
                        "currencyUSD",
                        0,
                    ),
                    Column(
                        "Idle share",
                        f"sum by (team) (avg_over_time(cost:gpu_idle_dollars:rate1h{{{SPENT}}}[$__range]))"
                        f" / sum by (team) (avg_over_time(cost:gpu_dollars:rate1h{{{SPENT}}}[$__range]))",
                        "percentunit",
                        0,
                        first="green",
                        steps=[("yellow", 0.2), ("red", 0.5)],
                    ),
                ],
                span=12,
                descending="Spent",
            ),
            bars(
                "Models",
                "What each model's GPUs cost in the time shown.",
                Query(
                    f'sort_desc(sum by (model) (avg_over_time(cost:gpu_dollars:rate1h{{{SPENT}, model!=""}}{IN_RANGE})',
                    "{{model}}",
                ),
                "currencyUSD",
                span=12,
            ),
        ],
    )
