"""One run: compare, judge, say what is wrong with the data, keep the result and its pages."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import ValidationError

from workloads.archive import Archive
from workloads.quality.comparison import compared
from workloads.quality.judgement import judged
from workloads.quality.periods import periods, utc
from workloads.quality.result import Condition, Result
from workloads.quality.settings import QualitySettings
from workloads.quality.tables import Instant

LATEST: Final = "latest.json"
RUNS_KEPT: Final = 1000


def run(settings: QualitySettings, archive: Archive, scratch: Path, now: float) -> Result:
    """Return the result of a run, which is kept. Raises a `ProgramError` where the data can't be read at all.

    `scratch` is an empty folder for what is fetched; `now` is in seconds since 1970.
    """
    begun = time.monotonic()
    when = periods(settings, utc(now))
    drift = compared(settings, when, scratch, archive)
    quality = judged(settings, when, scratch)
    conditions: dict[Condition, str] = {**quality.conditions, **drift.conditions}
    newest = max((at for at in (drift.newest, quality.newest_answer) if at is not None), default=None)
    conditions |= _late(settings, now, newest, quality.newest)
    if unreadable := {**drift.unreadable, **quality.unreadable}:
        conditions["unreadable_files"] = "; ".join(f"{name}: {why}" for name, why in unreadable.items())
    stamp = utc(now).strftime("%Y%m%dT%H%M%SZ")
    pages = {
        f"reports/{stamp}-{name}.html": page
        for name, page in (("drift", drift.page), ("quality", quality.page))
        if page is not None
    }
    result = Result(
        model=settings.model,
        started=now,
        seconds=round(time.monotonic() - begun, 3),
        window_begins=when.current.begin.timestamp(),
        window_ends=when.current.end.timestamp(),
        rows={**drift.rows, **({"labelled": quality.labelled} if settings.feedback is not None else {})},
        feedback=quality.fates,
        newest_prediction=_seconds(newest),
        newest_label=_seconds(quality.newest),
        quality=quality.quality,
        drift=tuple(drift.drift),
        conditions=conditions,
        reports=tuple(pages),
    )
    for name, page in pages.items():
        archive.write(name, page.encode())
    content = result.model_dump_json(indent=2).encode()
    archive.write(f"runs/{stamp}.json", content)
    archive.write(LATEST, content)
    _thin_out(archive, "runs/", RUNS_KEPT)
    if settings.report is not None:
        _thin_out(archive, "reports/", settings.report.keep)
    return result


def kept_result(archive: Archive) -> Result | None:
    """Return the last result; None where there is none, or one of another release."""
    try:
        return Result.model_validate_json(archive.read(LATEST) or b"")
    except ValidationError:
        return None


def _late(
    settings: QualitySettings, now: float, prediction: Instant | None, label: Instant | None
) -> dict[Condition, str]:
    """What has not come for too long; what never came is missing, which is said elsewhere."""
    found: dict[Condition, str] = {}
    allowed: tuple[tuple[Condition, pd.Timestamp | None, int], ...] = (
        ("predictions_late", prediction, settings.window.late_hours),
        ("feedback_late", label, settings.feedback.late_hours if settings.feedback is not None else 0),
    )
    for condition, newest, hours in allowed:
        if newest is not None and utc(now) - newest > timedelta(hours=hours):
            found[condition] = f"the newest is of {newest:%Y-%m-%d %H:%M} UTC, more than {hours} hours ago"
    return found


def _seconds(at: Instant | None) -> float | None:
    return None if at is None else float(at.timestamp())


def _thin_out(archive: Archive, prefix: str, most: int) -> None:
    """Delete the oldest: names begin with the time."""
    stamps = sorted({name.removeprefix(prefix)[:16] for name in archive.names(prefix)})
    old = set(stamps[:-most])
    for name in list(archive.names(prefix)) if old else ():
        if name.removeprefix(prefix)[:16] in old:
            archive.delete(name)
