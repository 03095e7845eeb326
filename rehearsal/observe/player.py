"""Plays the day: our Go program with Prometheus' own storage and rule engine, fed by our page of metrics.

A Prometheus takes a day to live through a day. The player takes a page for each minute of it and has the real rules
evaluated at that minute, with their exact `for`, so that a day takes some two minutes of processor time.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rehearsal.cluster.go_program import GoProgram
from rehearsal.observe.faults import ObserveError
from rehearsal.observe.story.day import LAST_WEEK, YESTERDAY
from rehearsal.observe.story.moment import HOURS, time_of

PLAYER: Final = GoProgram(
    name="player",
    title="the player of the day, with Prometheus",
    purpose="the player of the day",
    folder=Path(__file__).with_name("player"),
    cache="programs",
    module="github.com/prometheus/prometheus",
    package="",
    duration="one to four minutes on two cores",
)
TARGET: Final[Mapping[str, str]] = {"job": "platform", "instance": "platform"}
"""Labels of the scraped page, in the played day as in what follows it."""
RULES_SECONDS: Final = 30
"""How often Prometheus evaluates a group that does not say: helm-values/kube-prometheus-stack has the same."""
MINUTE: Final = 60
COARSE: Final = 150
"""Step of the day before: rates find two samples in five minutes, and groups of five minutes keep to their interval."""
RARE: Final = 240
"""Step of the week: below the five minutes after which a series without a sample is gone."""


@dataclass(frozen=True)
class Change:
    """An alert that started to fire, or no longer did."""

    alert: str
    firing: bool
    at: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class Played:
    """What came of it."""

    changes: Sequence[Change]
    series: int
    evaluations: int
    seconds: float


def phases(end: float, hours: float, *, until_now: bool) -> list[dict[str, Any]]:
    """What is played at which step: quality for a week, all for a day and a bit, then the last hours by the minute."""
    begin = HOURS - hours
    week, yesterday, day = (time_of(hour, end) for hour in (LAST_WEEK, begin + YESTERDAY, begin))
    return [
        {"from": week, "to": yesterday, "step": RARE, "rules": False},
        {"from": yesterday, "to": day, "step": COARSE, "rules": True},
        {"from": day, "to": 0 if until_now else end + MINUTE / 2, "step": MINUTE, "rules": True},
    ]


def play(
    program: Path, data: Path, pages: str, rules: Sequence[Path], stretches: Sequence[Mapping[str, Any]],
    told: Callable[[float], None],
) -> Played:  # fmt: skip
    """Play into a new folder `data`; `told` gets the time that it is at. Raises `ObserveError`."""
    plan = {
        "pages": pages,
        "folder": str(data),
        "rules": [str(path) for path in rules],
        "labels": TARGET,
        "interval": RULES_SECONDS,
        "phases": stretches,
    }
    with tempfile.TemporaryDirectory() as scratch, (Path(scratch) / "errors").open("w+") as errors:
        file = Path(scratch) / "plan.json"
        file.write_text(json.dumps(plan), "utf-8")
        with subprocess.Popen(  # noqa: S603 - our own program
            [program, file], stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        ) as process:
            try:
                assert process.stdout is not None  # noqa: S101 - it was given a pipe
                played = _read(process.stdout, told)
            except BaseException:
                process.terminate()
                raise
        if process.returncode or played is None:
            errors.seek(0)
            raise ObserveError(f"the day was not played: {errors.read().strip() or 'the player ended'}")
    return played


def _read(lines: Iterator[str], told: Callable[[float], None]) -> Played | None:
    changes: list[Change] = []
    played: Played | None = None
    for line in lines:
        entry = json.loads(line)
        if "alert" in entry:
            firing = entry["state"] == "firing"
            changes.append(Change(entry["alert"], firing, entry["at"], entry["labels"], entry["annotations"]))
        elif "played" in entry:
            played = Played(changes, entry["series"], entry["evaluations"], entry["seconds"])
        else:
            told(entry["at"])
    return played
