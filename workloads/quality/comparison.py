"""The answers of now beside the reference: rows of both windows, drift of each column, the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workloads.quality.column_drift import Sort, column_drift
from workloads.quality.columns import Type
from workloads.quality.periods import Periods
from workloads.quality.places import Found, open_place
from workloads.quality.reading import Reader, Rows
from workloads.quality.report import drift_page
from workloads.quality.result import Condition, Drift, Kind, Window
from workloads.quality.settings import PredictionSettings, QualitySettings
from workloads.quality.tables import Instant
from workloads.quality.vector_drift import REFERENCE_WINDOWS, Kept, vector_drift


@dataclass(kw_only=True)
class Compared:
    """What the comparison found."""

    newest: Instant | None
    """Newest answer of all that were looked at"""
    rows: Mapping[Window, int]
    drift: list[Drift] = field(default_factory=list[Drift])
    conditions: dict[Condition, str] = field(default_factory=dict[Condition, str])
    unreadable: Mapping[str, str]
    page: str | None = None


@dataclass(kw_only=True, frozen=True)
class _Side:
    """One of the two windows."""

    files: Sequence[Found]
    rows: Rows


def compared(settings: QualitySettings, when: Periods, scratch: Path, kept: Kept) -> Compared:
    """Read both windows and compare them; raises a `ProgramError` where they can't be read."""
    reader = _reader(settings.predictions)
    current, reference = _sides(settings, when, scratch, reader)
    told = Compared(
        newest=_newest(current, reference if when.reference is not None else current),
        rows={"current": current.rows.found, "reference": reference.rows.found},
        unreadable=reader.unreadable,
    )
    least, most = settings.window.least_rows, settings.window.most_rows
    if not current.files:
        told.conditions["predictions_missing"] = f"{settings.predictions.uri}: no file of the window"
    if current.rows.found < least:
        told.conditions["too_few_predictions"] = f"{current.rows.found} of the {least} answers that are needed"
    if reference.rows.found < least:
        told.conditions["reference_missing"] = f"{reference.rows.found} of the {least} rows that are needed"
    if larger := [side.rows.found for side in (current, reference) if side.rows.found > most]:
        told.conditions["sampled"] = f"{most} of {max(larger)} rows"
    if min(current.rows.found, reference.rows.found) < least:
        return told
    for kind, name, sort in _columns(settings.predictions):
        known, now = reference.rows.frame[name], current.rows.frame[name]
        told.drift.append(column_drift(kind, name, sort, known, now, settings.drift))
    if gone := [found.feature for found in told.drift if not found.scores]:
        told.conditions["feature_missing"] = f"no value in one of the windows: {', '.join(gone)}"
    if settings.embedding is not None:
        vectors = _vectors(settings, when, reader, current, reference, kept)
        if isinstance(vectors, str):
            told.conditions["too_few_vectors"] = vectors
        else:
            told.drift.append(vectors)
    if settings.report is not None:
        try:
            told.page = drift_page(reference.rows.frame, current.rows.frame, settings, settings.report.rows)
        except Exception as error:
            # Whatever Evidently stumbles over, the figures stand.
            told.conditions["report_failed"] = f"drift: {type(error).__name__}: {error}"
    return told


def _reader(predictions: PredictionSettings) -> Reader:
    wanted: dict[str, Type] = dict.fromkeys(predictions.numerical, "number")
    wanted |= dict.fromkeys(predictions.categorical, "class")
    if predictions.score is not None:
        wanted[predictions.score] = "number"
    return Reader(id=predictions.id, time=predictions.time, needed={predictions.prediction: "class"}, wanted=wanted)


def _sides(settings: QualitySettings, when: Periods, scratch: Path, reader: Reader) -> tuple[_Side, _Side]:
    place = open_place("predictions.uri", settings.predictions.uri, scratch)
    partition, most = settings.predictions.partition, settings.window.most_rows
    files = place.files(when.current.folders(partition))
    current = _Side(files=files, rows=reader.read(files, when.current, most))
    if when.reference is None:
        files = open_place("reference.uri", str(settings.reference.uri), scratch).files([""])
    else:
        files = place.files(when.reference.folders(partition))
    return current, _Side(files=files, rows=reader.read(files, when.reference, most))


def _newest(*sides: _Side) -> Instant | None:
    return max((side.rows.newest for side in sides if side.rows.newest is not None), default=None)


def _vectors(
    settings: QualitySettings, when: Periods, reader: Reader, current: _Side, reference: _Side, kept: Kept
) -> Drift | str:
    wanted = settings.embedding
    if wanted is None:
        raise ValueError("settings have no section embedding")
    known = reader.vectors(
        reference.files,
        when.reference,
        wanted.column,
        REFERENCE_WINDOWS * wanted.window,
        reference.rows.frame["id"].to_numpy(),
    )
    fresh = reader.vectors(
        current.files, when.current, wanted.column, wanted.window, current.rows.frame["id"].to_numpy()
    )
    return vector_drift(known, fresh, wanted, kept)


def _columns(predictions: PredictionSettings) -> Iterator[tuple[Kind, str, Sort]]:
    for name in predictions.numerical:
        yield "data", name, "number"
    for name in predictions.categorical:
        yield "data", name, "class"
    yield "prediction", predictions.prediction, "class"
    if predictions.score is not None:
        yield "prediction", predictions.score, "number"
