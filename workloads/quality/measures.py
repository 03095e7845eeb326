"""How right answers are, over all of a version and group by group, with fairlearn.

Groups go through fairlearn because Evidently 0.7.23's `GroupBy(Accuracy(), …)` gives each the value of the
whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from workloads.quality.result import WHOLE, Condition, Measure, Quality
from workloads.quality.settings import FeedbackSettings, GroupSettings
from workloads.quality.tables import Column, Frame

MOST_VERSIONS: Final = 20
"""Told one by one, those with the most labelled answers: each is a series of metrics."""
UNKNOWN: Final = "unknown"
"""Version of answers that name none; group of those whose column is empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What was measured, and what is to be said of it."""

    quality: tuple[Quality, ...]
    conditions: Mapping[Condition, str]


def measured(
    frame: Frame, prediction: str, version: str | None, feedback: FeedbackSettings, groups: GroupSettings
) -> Measured:
    """Return the quality of each version with enough labelled answers, and of its groups."""
    found: list[Quality] = []
    conditions: dict[Condition, list[str]] = {}
    answered = frame[frame[prediction].notna()]
    truth, answers, classes = _codes(answered["label"], answered[prediction])
    metrics = _metrics(classes, feedback.positive)
    versions = _filled(answered[version]) if version is not None else _unknown(answered)
    if not len(answered):
        conditions["too_few_labels"] = ["no labelled answer"]
    if len(answered) and feedback.positive is not None and feedback.positive not in classes:
        told = f"no label or answer is {feedback.positive}; there are {_some(classes)}"
        conditions["positive_class_missing"] = [told]
    sizes = versions.value_counts()
    if len(sizes) > MOST_VERSIONS:
        conditions["groups_left_out"] = [f"{len(sizes) - MOST_VERSIONS} of {len(sizes)} versions"]
    for name in sorted(sizes.index[:MOST_VERSIONS]):
        rows = np.asarray(versions == name, bool)
        if rows.sum() < feedback.least_rows:
            told = f"version {name}: {rows.sum()} of the {feedback.least_rows} labelled answers that are needed"
            conditions.setdefault("too_few_labels", []).append(told)
            continue
        which_of: dict[Condition, Any] = {"single_class_labels": truth[rows], "single_class_predictions": answers[rows]}
        for condition, which in which_of.items():
            if len(np.unique(which)) == 1:
                told = f"version {name}: all {rows.sum()} are {classes[which[0]]}"
                conditions.setdefault(condition, []).append(told)
        parts = {column: _filled(answered.loc[rows, column]) for column in groups.columns}
        found += _of_version(str(name), truth[rows], answers[rows], parts, metrics, groups, conditions)
    return Measured(
        quality=tuple(found), conditions={condition: "; ".join(told) for condition, told in conditions.items()}
    )


def _of_version(
    version: str,
    truth: np.ndarray[Any, Any],
    answers: np.ndarray[Any, Any],
    parts: Mapping[str, Column],
    metrics: Mapping[Measure, Callable[..., float]],
    groups: GroupSettings,
    conditions: dict[Condition, list[str]],
) -> Iterator[Quality]:
    whole: dict[Measure, float] = {name: metric(truth, answers) for name, metric in metrics.items()}
    yield Quality(version=version, group=WHOLE, rows=len(truth), measures=_defined(whole))
    for column, values in parts.items():
        sizes = values.value_counts()
        enough = sizes[sizes >= groups.least_rows]
        shown = enough.index[: groups.most]
        if len(shown) < len(sizes):
            told = f"version {version}: {len(sizes) - len(shown)} of {len(sizes)} groups of {column}"
            conditions.setdefault("groups_left_out", []).append(told)
        rows = np.asarray(values.isin(shown), bool)
        if not rows.any():
            continue
        by_group: Any = MetricFrame(
            metrics={str(name): metric for name, metric in metrics.items()},
            y_true=truth[rows],
            y_pred=answers[rows],
            sensitive_features=values[rows].astype(str).to_numpy(),
        ).by_group
        for group, row in by_group.iterrows():
            measures: dict[Measure, float] = {name: float(row[name]) for name in metrics}
            yield Quality(
                version=version, group=f"{column}={group}", rows=int(sizes[group]), measures=_defined(measures)
            )


def _metrics(classes: Sequence[str], positive: str | None) -> dict[Measure, Callable[..., float]]:
    """Return the metrics of codes of classes. What is undefined, such as the recall of a class that is not, is NaN."""
    labels: list[int] | None = None
    if positive is not None:
        labels = [classes.index(positive)] if positive in classes else [len(classes)]
    options: dict[str, Any] = {"average": "macro", "labels": labels, "zero_division": np.nan}

    def accuracy(truth: Any, answers: Any) -> float:
        return float(accuracy_score(truth, answers))

    def precision(truth: Any, answers: Any) -> float:
        return float(precision_score(truth, answers, **options))

    def recall(truth: Any, answers: Any) -> float:
        return float(recall_score(truth, answers, **options))

    def f1(truth: Any, answers: Any) -> float:
        return float(f1_score(truth, answers, **options))

    return {"accuracy": accuracy, "precision": precision, "recall": recall, "f1": f1}


def _codes(labels: Column, predictions: Column) -> tuple[Any, Any, list[str]]:
    """Return both as numbers of the same classes: comparing a million texts takes seconds."""
    classes = sorted(set(labels.cat.categories) | set(predictions.cat.categories))
    both = [np.asarray(each.cat.set_categories(classes).cat.codes, np.int64) for each in (labels, predictions)]
    return both[0], both[1], classes


def _filled(column: Column) -> Column:
    """Return the column with a class for missing values, and without classes that no row has."""
    known = column if UNKNOWN in column.cat.categories else column.cat.add_categories(UNKNOWN)
    return known.fillna(UNKNOWN).cat.remove_unused_categories()


def _some(classes: Sequence[str], most: int = 5) -> str:
    return ", ".join(classes[:most]) + (f" and {len(classes) - most} more" if len(classes) > most else "")


def _unknown(answered: Frame) -> Column:
    return pd.Series(UNKNOWN, index=answered.index, dtype="category")


def _defined(measures: Mapping[Measure, float]) -> dict[Measure, float]:
    return {name: value for name, value in measures.items() if not math.isnan(value)}
