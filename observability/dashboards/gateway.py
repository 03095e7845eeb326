"""Gateway: who asks for what, who is turned away, and how fast answers are."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, lines, number
from observability.dashboards.tables import Column, Link, rows

CHOSEN = 'model=~"$model", team=~"$team"'
MODEL = 'model=~"$model"'


def dashboard() -> Dashboard:
    """Envoy AI Gateway, in front of every model."""
    return board(
        "llm-gateway",
        "Gateway",
        "Who asks which model for what, who is turned away, and how fast answers are as users see them.",
        [Choice("team", "gateway:requests:rate5m"), Choice("model", 'gateway:requests:rate5m{team=~"$team"}')],
        [now(), requests(), tokens(), teams()],
    )


def now() -> Section:
    """Four numbers."""
    requests_all = f"sum(gateway:requests:rate5m{{{CHOSEN}}})"
    return Section(
        "Now",
        [
            number("Requests", "Requests a second.", requests_all, "reqps", span=6),
            number(
                "Failed",
                "Requests that ended in an error, among all.",
                f'(sum(gateway:requests:rate5m{{{CHOSEN}, code_class="error"}}) or vector(0)) / {requests_all}',
                "percentunit",
                first="green",
                steps=[("yellow", 0.005), ("red", 0.02)],
                span=6,
                decimals=2,
            ),
            number(
                "Turned away",
                "Requests beyond a limit, among all. Envoy counts them by route, before it knows model and team.",
                "(sum(gateway:limited:rate5m) or vector(0)) / sum(gateway:requests:rate5m)",
                "percentunit",
                first="green",
                steps=[("yellow", 0.01), ("red", 0.1)],
                span=6,
                decimals=2,
            ),
            number(
                "Tokens",
                "Tokens a second, read and written.",
                f"sum(gateway:tokens:rate5m{{{CHOSEN}}})",
                "short",
                span=6,
            ),
        ],
    )


def requests() -> Section:
    """What comes, and what becomes of it."""
    return Section(
        "Requests",
        [
            lines(
                "Requests by model",
                "Requests a second.",
                [Query(f"sum by (model) (gateway:requests:rate5m{{{CHOSEN}}})", "{{model}}")],
                "reqps",
                span=8,
                stacked=True,
            ),
            lines(
                "Failed requests",
                "Share of requests that ended in an error, by model.",
                [
                    Query(
                        f'sum by (model) (gateway:requests:rate5m{{{CHOSEN}, code_class="error"}})'
                        f" / sum by (model) (gateway:requests:rate5m{{{CHOSEN}}})",
                        "{{model}}",
                    )
                ],
                "percentunit",
                span=8,
            ),
            lines(
                "Whole request, 95th percentile",
                "As the gateway sees it: the engine's time, and the way there and back.",
                [Query(f"max by (model) (gateway:request_seconds:p95_5m{{{MODEL}}})", "{{model}}")],
                "s",
                span=8,
            ),
        ],
    )


def tokens() -> Section:
    """What is billed."""
    return Section(
        "Tokens and limits",
        [
            lines(
                "Tokens by direction",
                "Tokens a second that are read and written.",
                [Query(f"sum by (direction) (gateway:tokens:rate5m{{{CHOSEN}}})", "{{direction}}")],
                "short",
                span=8,
            ),
            bars(
                "Tokens by team",
                "Tokens a second now.",
                Query(f"sort_desc(sum by (team) (gateway:tokens:rate5m{{{CHOSEN}}}))", "{{team}}"),
                "short",
            ),
            lines(
                "Turned away by route",
                "Requests a second beyond the limit of the route they came by.",
                [Query("sum by (route) (gateway:limited:rate5m)", "{{route}}")],
                "reqps",
                span=8,
            ),
        ],
    )


def teams() -> Section:
    """Who does it."""
    return Section(
        "Who",
        [
            rows(
                "Teams and models",
                "Every team with the models it asks; a model's name leads to its dashboard.",
                ["team", "model"],
                [
                    Column("Requests/s", f"sum by (team, model) (gateway:requests:rate5m{{{CHOSEN}}})", "short", 2),
                    Column(
                        "Failed",
                        f'sum by (team, model) (gateway:requests:rate5m{{{CHOSEN}, code_class="error"}})'
                        f" / sum by (team, model) (gateway:requests:rate5m{{{CHOSEN}}})",
                        "percentunit",
                        2,
                        first="green",
                        steps=[("yellow", 0.005), ("red", 0.02)],
                    ),
                    Column("Tokens/s", f"sum by (team, model) (gateway:tokens:rate5m{{{CHOSEN}}})", "short", 0),
                ],
                links=[Link("model", "llm-model", "model")],
                descending="Requests/s",
            ),
        ],
    )
