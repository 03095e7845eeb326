"""Settings of the watch over one model: one YAML file, read once, checked as a whole. No secret stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from workloads import settings_file
from workloads.settings_file import Section

Whole = Annotated[int, Field(strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Place = Annotated[str, Field(min_length=1)]
NumericalMethod = Literal["wasserstein", "jensenshannon", "psi", "hellinger"]
CategoricalMethod = Literal["jensenshannon", "psi", "hellinger"]
EmbeddingMethod = Literal["model", "mmd", "distance", "ratio"]


class PredictionSettings(Section):
    """What the model was asked and answered: Parquet files with one row for each answer."""

    uri: Place
    """`s3://bucket/prefix/` or a folder"""
    partition: Annotated[str, Field(pattern=r"^[^%]*(%[YmdH][^%]*)*$")] = ""
    """How the folders below the uri are named by time (UTC), such as date=%Y-%m-%d: only those of the window are
    read; without it every file is looked at"""
    id: Name = "id"
    """Column with what feedback names the answer by"""
    time: Name = "time"
    """Column with when it was answered"""
    version: Name | None = "version"
    """Column with the model's version; null where there is none"""
    prediction: Name = "prediction"
    """Column with the answer: a class"""
    score: Name | None = None
    """Column with how sure the model was: a number"""
    numerical: tuple[Name, ...] = Field(default=(), max_length=200)
    """Columns with features that are numbers"""
    categorical: tuple[Name, ...] = Field(default=(), max_length=200)
    """Columns with features that are classes"""

    @model_validator(mode="after")
    def _columns_are_told_apart(self) -> Self:
        named = [self.id, self.time, self.version, self.prediction, self.score, *self.numerical, *self.categorical]
        twice = sorted({name for name in named if name is not None and named.count(name) > 1})
        if twice:
            raise ValueError(f"columns named for two things: {', '.join(twice)}")
        return self


class FeedbackSettings(Section):
    """What would have been right: Parquet files with one row for each label."""

    uri: Place
    """`s3://bucket/prefix/` or a folder"""
    partition: Annotated[str, Field(pattern=r"^[^%]*(%[YmdH][^%]*)*$")] = ""
    """As that of predictions, by the time of the label"""
    id: Name = "id"
    """Column with which answer it is about"""
    time: Name = "time"
    """Column with when it was given; of several for one answer the last one counts"""
    label: Name = "label"
    """Column with the right class"""
    positive: str | None = None
    """The class that precision, recall and F1 are about; without it they are the mean over all classes"""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How much time the answers cover that are judged"""
    wait_hours: Annotated[int, Field(ge=0, le=2160)] = 48
    """How long labels take: answers younger than this are not judged yet, as those that are labelled first are
    seldom like the rest"""
    late_hours: Annotated[int, Field(ge=1, le=8760)] = 48
    """Without a label for longer than this, feedback is said to be late"""
    least_rows: Annotated[int, Field(ge=1)] = 100
    """Below so many labelled answers of a version nothing is said of its quality"""


class ReferenceSettings(Section):
    """What the answers of now are compared with."""

    uri: str | None = None
    """Files in the format of predictions, such as the validation set or a good week; all their rows are taken"""
    days: Annotated[int, Field(ge=1, le=90)] = 28
    """Without a uri: how much time before the current window is the reference"""
    gap_hours: Annotated[int, Field(ge=0, le=2160)] = 0
    """Time between the two that belongs to neither"""


class WindowSettings(Section):
    """Which answers are those of now."""

    hours: Annotated[int, Field(ge=1, le=2160)] = 24
    """How much time they cover, up to now"""
    late_hours: Annotated[int, Field(ge=1, le=8760)] = 6
    """Without an answer for longer than this, predictions are said to be late"""
    least_rows: Annotated[int, Field(ge=20)] = 500
    """Below so many answers nothing is said of drift"""
    most_rows: Annotated[int, Field(ge=1000, le=20_000_000)] = 1_000_000
    """Of more answers than this so many are picked, by a hash of their ids"""


class GroupSettings(Section):
    """Groups whose quality is told one by one."""

    columns: tuple[Name, ...] = Field(default=(), max_length=10)
    """Columns of predictions that make the groups, each on its own"""
    least_rows: Annotated[int, Field(ge=1)] = 50
    """Groups with fewer labelled answers are left out: chance, and a person might be recognised"""
    most: Annotated[int, Field(ge=1, le=100)] = 20
    """Of each column so many groups, the largest first"""


class DriftSettings(Section):
    """When features and answers are said to have drifted; distances, as p-values call any difference of a million rows
    significant."""

    numerical: NumericalMethod = "wasserstein"
    """Evidently's method for numbers"""
    categorical: CategoricalMethod = "jensenshannon"
    """Evidently's method for classes"""
    threshold: Annotated[float, Field(gt=0, le=100)] = 0.1
    """A score of at least this is drift"""
    thresholds: dict[Name, Annotated[float, Field(gt=0, le=100)]] = {}
    """By column, in place of it"""
    missing: Annotated[float, Field(gt=0, le=1)] = 0.1
    """A share of missing values this much larger than the reference's is drift too"""


class EmbeddingSettings(Section):
    """Drift of the vectors that the model reads or makes."""

    column: Name
    """Column of predictions with a list of numbers"""
    methods: tuple[EmbeddingMethod, ...] = Field(default=("model", "mmd"), min_length=1)
    """Evidently's embedding drift methods"""
    window: Annotated[int, Field(ge=50, le=100_000)] = 500
    """Vectors in each of the two windows"""
    false_alarms: Annotated[float, Field(gt=0, le=0.2)] = 0.01
    """Share of comparisons of like with like that may raise an alarm; thresholds are calibrated to it on the
    reference"""
    thresholds: dict[EmbeddingMethod, float] = {}
    """By method, in place of calibrated ones; for all methods or none"""

    @model_validator(mode="after")
    def _thresholds_are_whole(self) -> Self:
        if self.thresholds and set(self.thresholds) != set(self.methods):
            raise ValueError(f"thresholds for {', '.join(self.thresholds)}: allowed: for all of methods, or none")
        return self


class ReportSettings(Section):
    """Evidently's report as a page."""

    rows: Annotated[int, Field(ge=500, le=200_000)] = 10_000
    """Rows of each window in it: it is for looking at, the metrics are of all rows"""
    keep: Annotated[int, Field(ge=1, le=1000)] = 30
    """Reports that are kept"""


class ScheduleSettings(Section):
    """When the service looks."""

    every_minutes: Annotated[int, Field(ge=1, le=10_080)] = 60
    """From the start of one run to that of the next"""
    timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    """A run that takes longer is ended"""


class QualitySettings(Section):
    """The whole file."""

    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$")]
    """Label `model` of the metrics"""
    predictions: PredictionSettings
    results: Place
    """Where results and reports go: `s3://bucket/prefix/` or a folder"""
    feedback: FeedbackSettings | None = None
    reference: ReferenceSettings = ReferenceSettings()
    window: WindowSettings = WindowSettings()
    groups: GroupSettings = GroupSettings()
    drift: DriftSettings = DriftSettings()
    embedding: EmbeddingSettings | None = None
    report: ReportSettings | None = ReportSettings()
    schedule: ScheduleSettings = ScheduleSettings()

    @model_validator(mode="after")
    def _thresholds_are_of_columns(self) -> Self:
        known = {*self.predictions.numerical, *self.predictions.categorical, self.predictions.prediction}
        known |= {self.predictions.score} if self.predictions.score is not None else set()
        unknown = sorted(set(self.drift.thresholds) - known)
        if unknown:
            raise ValueError(f"drift.thresholds: {', '.join(unknown)}: allowed: {', '.join(sorted(known))}")
        return self

    @model_validator(mode="after")
    def _calibration_needs_a_reference_that_stays(self) -> Self:
        if self.embedding is not None and not self.embedding.thresholds and self.reference.uri is None:
            raise ValueError(
                "embedding: thresholds are calibrated on the reference, which takes minutes for each; "
                "needs reference.uri, or embedding.thresholds"
            )
        return self

    @model_validator(mode="after")
    def _groups_need_feedback(self) -> Self:
        if self.groups.columns and self.feedback is None:
            raise ValueError("groups: their quality is that of labelled answers; needs feedback")
        return self


def load_settings(path: Path) -> QualitySettings:
    """Return the settings of a file, or raise `InputError` with every fault."""
    return settings_file.load(QualitySettings, path)


def parse_settings(content: Mapping[Any, Any], file: str) -> QualitySettings:
    """Return the settings that a mapping holds, or raise `InputError` with every fault."""
    return settings_file.parse(QualitySettings, content, file)
