"""What one run found: kept as JSON, shown as metrics. What could not be computed is left out, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict

Condition = Literal[
    "predictions_missing",
    "predictions_late",
    "feedback_missing",
    "feedback_late",
    "reference_missing",
    "too_few_predictions",
    "too_few_labels",
    "single_class_labels",
    "single_class_predictions",
    "positive_class_missing",
    "unmatched_feedback",
    "unreadable_files",
    "sampled",
    "feature_missing",
    "too_few_vectors",
    "groups_left_out",
    "report_failed",
]
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)
Window = Literal["current", "reference", "labelled"]
Kind = Literal["data", "prediction", "embedding"]
Measure = Literal["accuracy", "precision", "recall", "f1"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
Fate = Literal["matched", "young", "unmatched", "conflicting", "unlabelled"]
WHOLE: Final = "all"
"""Group of all answers of a version."""


class Part(BaseModel):
    """A part of a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quality(Part):
    """How right one version was, over one group of its answers."""

    version: str
    group: str
    """`all`, or `column=value`"""
    rows: int
    measures: Mapping[Measure, float]


class Drift(Part):
    """How far one column lies from the reference."""

    kind: Kind
    feature: str
    scores: Mapping[str, float]
    """By method; empty where one of the windows has no value"""
    thresholds: Mapping[str, float]
    drifted: bool
    missing: Mapping[Window, float]
    """Share of missing values"""


class Result(Part):
    """One run."""

    model: str
    started: float
    """Seconds since 1970, UTC, as all times here"""
    seconds: float
    window_begins: float
    window_ends: float
    rows: Mapping[Window, int]
    feedback: Mapping[Fate, int] = {}
    newest_prediction: float | None = None
    newest_label: float | None = None
    quality: tuple[Quality, ...] = ()
    drift: tuple[Drift, ...] = ()
    conditions: Mapping[Condition, str] = {}
    """What is said of the data, each with its explanation"""
    reports: tuple[str, ...] = ()
    """Names of the pages beside this result"""

    @property
    def useful(self) -> bool:
        """Whether anything could be computed."""
        return bool(self.quality or self.drift)

    @property
    def drifted(self) -> tuple[str, ...]:
        """Columns that drifted."""
        return tuple(found.feature for found in self.drift if found.drifted)
