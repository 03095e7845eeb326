"""Periods of time, and the folders that files of a period are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workloads.quality.settings import QualitySettings

_FINEST = {"%H": timedelta(hours=1), "%d": timedelta(days=1), "%m": timedelta(days=28), "%Y": timedelta(days=365)}


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, up to and without `end`; both in UTC."""

    begin: datetime
    end: datetime

    def folders(self, partition: str) -> Iterator[str]:
        """Give the names of the folders, each once; the empty one where nothing is partitioned."""
        if not partition:
            yield ""
            return
        step = next(step for mark, step in _FINEST.items() if mark in partition)
        given: set[str] = set()
        # Steps of 28 or 365 days may pass over the last month or year: the end is looked at too.
        at = self.begin
        while at < self.end + step:
            name = min(at, self.end).strftime(partition)
            if name not in given:
                given.add(name)
                yield name
            at += step


@dataclass(frozen=True, slots=True)
class Periods:
    """What a run looks at."""

    current: Period
    reference: Period | None
    """None where the reference is files of its own"""
    judged: Period | None
    """Of the answers whose labels are looked at"""
    labels: Period | None
    """Of the labels themselves"""


def periods(settings: QualitySettings, now: datetime) -> Periods:
    """Return the periods of a run at a time."""
    current = Period(now - timedelta(hours=settings.window.hours), now)
    reference: Period | None = None
    if settings.reference.uri is None:
        end = current.begin - timedelta(hours=settings.reference.gap_hours)
        reference = Period(end - timedelta(days=settings.reference.days), end)
    if settings.feedback is None:
        return Periods(current, reference, None, None)
    end = now - timedelta(hours=settings.feedback.wait_hours)
    judged = Period(end - timedelta(days=settings.feedback.days), end)
    return Periods(current, reference, judged, Period(judged.begin, now))


def utc(seconds: float) -> datetime:
    """Return a time of the clock."""
    return datetime.fromtimestamp(seconds, UTC)
