"""Answers beside the labels that were given since: the quality of each version, and what is wrong with the labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workloads.quality.columns import HASHES, Type
from workloads.quality.feedback import joined
from workloads.quality.measures import measured
from workloads.quality.periods import Period, Periods
from workloads.quality.places import open_place
from workloads.quality.reading import Reader
from workloads.quality.report import quality_page
from workloads.quality.result import Condition, Fate, Quality
from workloads.quality.settings import QualitySettings
from workloads.quality.tables import Instant

_MOSTLY: Final = 0.5
"""A share of labels of unknown answers above this is said: labels of another system, or ids that were changed."""


@dataclass(kw_only=True)
class Judged:
    """What the labels say."""

    newest: Instant | None = None
    """Newest label"""
    newest_answer: Instant | None = None
    labelled: int = 0
    fates: Mapping[Fate, int] = field(default_factory=dict[Fate, int])
    quality: tuple[Quality, ...] = ()
    conditions: dict[Condition, str] = field(default_factory=dict[Condition, str])
    unreadable: Mapping[str, str]
    page: str | None = None


def judged(settings: QualitySettings, when: Periods, scratch: Path) -> Judged:
    """Read answers and labels and measure; raises a `ProgramError` where they can't be read."""
    predictions, feedback = settings.predictions, settings.feedback
    if feedback is None or when.judged is None or when.labels is None:
        return Judged(unreadable={})
    labels = Reader(id=feedback.id, time=feedback.time, needed={feedback.label: "class"}, repeats=True)
    files = open_place("feedback.uri", feedback.uri, scratch).files(when.labels.folders(feedback.partition))
    given = labels.read(files, when.labels)
    told = Judged(newest=given.newest, unreadable=labels.unreadable)
    if given.found == 0:
        told.conditions["feedback_missing"] = f"{feedback.uri}: no label since {when.labels.begin:%Y-%m-%d %H:%M} UTC"
        return told
    wanted: dict[str, Type] = dict.fromkeys(settings.groups.columns, "class")
    if predictions.version is not None:
        wanted[predictions.version] = "class"
    reader = Reader(id=predictions.id, time=predictions.time, needed={predictions.prediction: "class"}, wanted=wanted)
    place = open_place("predictions.uri", predictions.uri, scratch)
    # Younger answers too: a label of one of them is of an answer that is known, only too early to be judged.
    every = Period(when.judged.begin, when.labels.end)
    most = settings.window.most_rows
    answers = reader.read(place.files(every.folders(predictions.partition)), every, most)
    told.unreadable = {**labels.unreadable, **reader.unreadable}
    told.newest_answer = answers.newest
    if answers.found > most:
        told.conditions["sampled"] = f"{most} of {answers.found} answers"
    picked = given.frame[given.frame["id"] < answers.share] if answers.share < HASHES else given.frame
    both = joined(answers.frame, picked, label=feedback.label, until=when.judged.end)
    told.fates, told.labelled = both.fates, both.fates["matched"]
    unmatched, known = both.fates["unmatched"], both.fates["matched"] + both.fates["young"]
    if unmatched > _MOSTLY * (unmatched + known):
        told.conditions["unmatched_feedback"] = f"{unmatched} of {unmatched + known} labels name no answer"
    found = measured(both.frame, predictions.prediction, predictions.version, feedback, settings.groups)
    told.quality = found.quality
    told.conditions |= found.conditions
    if settings.report is not None and found.quality:
        try:
            told.page = quality_page(both.frame, settings, settings.report.rows)
        except Exception as error:
            # Whatever Evidently stumbles over, the figures stand.
            told.conditions["report_failed"] = f"quality: {type(error).__name__}: {error}"
    return told
