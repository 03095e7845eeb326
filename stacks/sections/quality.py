"""The section `quality`: served models whose answers are watched, each by a pod that looks at them on a schedule.

What is left out has the default of workloads/quality/settings.py (docs/reference/quality-settings.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from stacks.sections.embeddings import ObjectPrefix
from stacks.sections.models import ModelImage, ModelName
from stacks.sections.namespaces import NamespaceName
from stacks.sections.objectives import Between
from stacks.sections.section import Section
from stacks.value_types import Text, Whole

WatchName = Annotated[
    str,
    Text("1 to 40 lower-case letters, digits and hyphens such as 'mail'", "[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?"),
]
Column = Annotated[str, Text("a column's name of up to 200 characters", r"\S(?:.{0,198}\S)?")]
Partition = Annotated[
    str,
    Text("how folders are named by time such as 'date=%Y-%m-%d', of %Y, %m, %d and %H", "[^%]*(?:%[YmdH][^%]*)+"),
]
Hours = Annotated[int, Whole(1, 2160, "hours")]
Distance = Annotated[float, Between(0.001, 100, "a distance")]


class WatchedAnswersSettings(Section):
    """Parquet files with one row for each answer of the model."""

    prefix: ObjectPrefix
    """Prefix of the datasets bucket below which they are"""

    partition: Partition | None = None
    """How the folders below the prefix are named by time (UTC): only those of a window are read"""

    id: Column | None = None
    """Column with what feedback names the answer by"""

    time: Column | None = None
    """Column with when it was answered"""

    version: Column | None = None
    """Column with the model's version"""

    prediction: Column | None = None
    """Column with the answer: a class"""

    score: Column | None = None
    """Column with how sure the model was"""

    numerical: tuple[Column, ...] = Field(default=(), max_length=200)
    """Columns with features that are numbers"""

    categorical: tuple[Column, ...] = Field(default=(), max_length=200)
    """Columns with features that are classes"""


class WatchedFeedbackSettings(Section):
    """Parquet files with one row for each label."""

    prefix: ObjectPrefix
    """Prefix of the datasets bucket below which they are"""

    partition: Partition | None = None
    """How the folders below the prefix are named, by the time of the label (UTC)"""

    id: Column | None = None
    """Column with which answer it is about"""

    time: Column | None = None
    """Column with when it was given"""

    label: Column | None = None
    """Column with the right class"""

    positive: Column | None = None
    """The class that precision, recall and F1 are about; the mean over all classes when left out"""

    days: Annotated[int, Whole(1, 90, "days")] | None = None
    """How much time the answers cover that are judged"""

    wait_hours: Annotated[int, Whole(0, 2160, "hours")] | None = None
    """How long labels take: younger answers are not judged yet"""

    late_hours: Hours | None = None
    """Without a label for longer than this, feedback is said to be late"""

    least_rows: Annotated[int, Whole(1, 1_000_000, "rows")] | None = None
    """Below so many labelled answers of a version nothing is said of its quality"""


class WatchedReferenceSettings(Section):
    """What the answers of now are compared with."""

    prefix: ObjectPrefix | None = None
    """Prefix of the datasets bucket with files in the format of the answers; the time before when left out"""

    days: Annotated[int, Whole(1, 90, "days")] | None = None
    """Without a prefix: how much time before the current window is the reference"""

    gap_hours: Annotated[int, Whole(0, 2160, "hours")] | None = None
    """Time between the two that belongs to neither"""


class WatchedWindowSettings(Section):
    """Which answers are those of now."""

    hours: Hours | None = None
    """How much time they cover"""

    late_hours: Hours | None = None
    """Without an answer for longer than this, they are said to be late"""

    least_rows: Annotated[int, Whole(20, 1_000_000, "rows")] | None = None
    """Below so many answers nothing is said of drift"""

    most_rows: Annotated[int, Whole(1000, 20_000_000, "rows")] | None = None
    """Of more answers so many are picked; a million of 20 columns take about 1 GiB"""


class WatchedGroupSettings(Section):
    """Groups whose quality is told one by one."""

    columns: tuple[Column, ...] = Field(min_length=1, max_length=10)
    """Columns of the answers that make them, each on its own"""

    least_rows: Annotated[int, Whole(1, 1_000_000, "rows")] | None = None
    """Groups with fewer labelled answers are left out"""

    most: Annotated[int, Whole(1, 100, "groups")] | None = None
    """Of each column so many groups"""


class WatchedDriftSettings(Section):
    """When a column is said to have drifted."""

    numerical: Literal["wasserstein", "jensenshannon", "psi", "hellinger"] | None = None
    """Evidently's method for numbers"""

    categorical: Literal["jensenshannon", "psi", "hellinger"] | None = None
    """Evidently's method for classes"""

    threshold: Distance | None = None
    """A score of at least this is drift"""

    thresholds: Mapping[Column, Distance] = Field(default_factory=dict[str, float])
    """By column, in place of it"""

    missing: Annotated[float, Between(0.001, 1, "a share")] | None = None
    """A share of missing values this much larger than the reference's is drift too"""


class WatchedEmbeddingSettings(Section):
    """Drift of a column of vectors."""

    column: Column
    """Column of the answers with a list of numbers"""

    methods: tuple[Literal["model", "mmd", "distance", "ratio"], ...] = Field(default=("model", "mmd"), min_length=1)
    """Evidently's methods for vectors"""

    window: Annotated[int, Whole(50, 100_000, "vectors")] | None = None
    """Vectors in each of the two windows"""

    thresholds: Mapping[Literal["model", "mmd", "distance", "ratio"], Distance] = Field(
        default_factory=dict[Literal["model", "mmd", "distance", "ratio"], float]
    )
    """By method; calibrated on the reference when left out, which has to be a prefix then"""


class QualityWatchSettings(Section):
    """The watch over one model: a release of charts/quality."""

    name: WatchName
    """The release is `quality-<name>`; results and reports are below `quality/<name>` of the datasets bucket"""

    namespace: NamespaceName
    """An inference namespace of the section `namespaces`, whose team alerts go to"""

    image: ModelImage
    """Image of workloads/quality"""

    model: ModelName
    """Name of one of `models`: the label of its metrics, as the serving metrics have it"""

    predictions: WatchedAnswersSettings
    """What the model answered"""

    feedback: WatchedFeedbackSettings | None = None
    """What would have been right; drift alone is watched when left out"""

    reference: WatchedReferenceSettings = WatchedReferenceSettings()
    """What is compared with"""

    window: WatchedWindowSettings = WatchedWindowSettings()
    """What is compared"""

    groups: WatchedGroupSettings | None = None
    """Groups whose quality is told; needs feedback"""

    drift: WatchedDriftSettings = WatchedDriftSettings()
    """When a column has drifted"""

    embedding: WatchedEmbeddingSettings | None = None
    """A column of vectors that is watched"""

    every_minutes: Annotated[int, Whole(1, 10_080, "minutes")] = 60
    """From the start of one look to that of the next"""

    memory_gib: Annotated[int, Whole(1, 64, "GiB")] = 3
    """Memory of the pod"""

    @property
    def release(self) -> str:
        """Name of its release and of its service account."""
        return f"quality-{self.name}"

    @property
    def results(self) -> str:
        """Prefix of the datasets bucket for results and reports."""
        return f"quality/{self.name}"
