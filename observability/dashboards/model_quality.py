"""Model quality: accuracy against labelled feedback, and drift of inputs, predictions and embeddings."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, lines, number, states
from observability.dashboards.tables import Column, rows

MODEL = 'model=~"$model"'


def dashboard() -> Dashboard:
    """What workloads/quality and the search service's drift job export."""
    return board(
        "llm-model-quality",
        "Model quality and drift",
        "Accuracy against labelled feedback, by version and group; drift of data, predictions and embeddings.",
        [Choice("model", "quality_last_success_timestamp_seconds")],
        [now(), accuracy(), drift(), evidence()],
        hours=24 * 7,
    )


def now() -> Section:
    """Six numbers."""
    return Section(
        "Now",
        [
            number(
                "Accuracy, lowest",
                "Of the model and version that have least.",
                f'min(quality_accuracy{{{MODEL}, group="all"}})',
                "percentunit",
                decimals=1,
            ),
            number(
                "F1, lowest",
                "Of the model and version that have least.",
                f'min(quality_f1{{{MODEL}, group="all"}})',
                "percentunit",
                decimals=1,
            ),
            number(
                "Drifted features",
                "Features, predictions or embeddings that lie beyond their threshold.",
                f"sum(quality_drifted{{{MODEL}}})",
                "none",
                first="green",
                steps=[("yellow", 1)],
            ),
            number(
                "Labelled rows",
                "Predictions with feedback in the window.",
                f'sum(quality_labelled_rows{{{MODEL}, group="all"}})',
                "short",
            ),
            number(
                "Age of the figures",
                "Time since the oldest model's last successful computation.",
                f"time() - min(quality_last_success_timestamp_seconds{{{MODEL}}})",
                "s",
                first="green",
                steps=[("yellow", 7200), ("red", 86400)],
            ),
            number(
                "Failed runs in a day",
                "Computations that failed, for whatever reason.",
                f"sum(increase(quality_run_failures_total{{{MODEL}}}[1d]))",
                "none",
                first="green",
                steps=[("yellow", 1), ("red", 5)],
                decimals=0,
            ),
        ],
    )


def accuracy() -> Section:
    """Against labels."""
    return Section(
        "Against labelled feedback",
        [
            lines(
                "Accuracy",
                "Share of predictions that the feedback agrees with, by version.",
                [Query(f'max by (model, version) (quality_accuracy{{{MODEL}, group="all"}})', "{{model}} {{version}}")],
                "percentunit",
                span=8,
                smallest=None,
                largest=1,
            ),
            lines(
                "Precision and recall",
                "Means over the versions shown.",
                [
                    Query(f'avg by (model) (quality_precision{{{MODEL}, group="all"}})', "{{model}} precision"),
                    Query(f'avg by (model) (quality_recall{{{MODEL}, group="all"}})', "{{model}} recall"),
                ],
                "percentunit",
                span=8,
                smallest=None,
                largest=1,
            ),
            bars(
                "Accuracy by group",
                "The groups that are served worst come first.",
                Query(
                    f'sort(min by (model, group) (quality_accuracy{{{MODEL}, group!="all"}}))', "{{model}} {{group}}"
                ),
                "percentunit",
                largest=1,
            ),
        ],
    )


def drift() -> Section:
    """Against the reference window."""
    return Section(
        "Drift",
        [
            lines(
                "Distance to threshold",
                "Largest drift score by its threshold, for each kind. Above 1 it has drifted.",
                [
                    Query(
                        f"max by (model, kind) (quality_drift_score{{{MODEL}}} / quality_drift_threshold{{{MODEL}}})",
                        "{{model}} {{kind}}",
                    )
                ],
                "short",
                limit=1,
            ),
            states(
                "What drifted when",
                "A lane for each feature, prediction or embedding that drifted in this time.",
                Query(f"max by (model, kind, feature) (quality_drifted{{{MODEL}}})", "{{model}}: {{kind}} {{feature}}"),
                {0: ("as before", "green"), 1: ("drifted", "orange")},
                span=12,
            ),
            rows(
                "Scores",
                "Every feature with its drift score and threshold.",
                ["model", "kind", "feature", "method"],
                [
                    Column(
                        "Score", f"max by (model, kind, feature, method) (quality_drift_score{{{MODEL}}})", "short", 3
                    ),
                    Column(
                        "Threshold",
                        f"max by (model, kind, feature, method) (quality_drift_threshold{{{MODEL}}})",
                        "short",
                        3,
                    ),
                    Column(
                        "By threshold",
                        "max by (model, kind, feature, method) "
                        f"(quality_drift_score{{{MODEL}}} / quality_drift_threshold{{{MODEL}}})",
                        "percentunit",
                        0,
                        first="green",
                        steps=[("yellow", 0.8), ("red", 1)],
                    ),
                ],
                span=16,
                descending="By threshold",
            ),
            bars(
                "Embedding drift persists",
                "Indexes whose embeddings have drifted for so long that it is no accident.",
                Query("max by (index) (embedding_drift_persists)", "{{index}}"),
                "none",
                largest=1,
                first="green",
                steps=[("orange", 1)],
            ),
        ],
    )


def evidence() -> Section:
    """How much the figures rest on."""
    return Section(
        "What the figures rest on",
        [
            lines(
                "Rows in the windows",
                "Rows of the current, the reference and the labelled window.",
                [Query(f"sum by (model, window) (quality_window_rows{{{MODEL}}})", "{{model}} {{window}}")],
                "short",
                span=8,
            ),
            states(
                "Conditions",
                "What the computation says of its data: late, missing, of a single class, too little.",
                Query(f"max by (model, condition) (quality_condition{{{MODEL}}} > 0)", "{{model}}: {{condition}}"),
                {1: ("holds", "yellow")},
                span=16,
            ),
        ],
    )
