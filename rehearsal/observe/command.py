"""`python -m rehearsal.observe`: see the platform's dashboards and alerts without a cloud."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from rehearsal.observe.faults import ObserveError
from rehearsal.observe.outcome import faults
from rehearsal.observe.session import Observed, Request, observing
from rehearsal.observe.story.incidents import INCIDENTS
from rehearsal.observe.story.moment import HOURS

FAULTS: Final = 1
DAYS_PLAYED: Final = 7
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Lines:
    """Lines on stderr, and on a terminal a bar while the day is played."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None

    def said(self, line: str) -> None:
        """Print it."""
        self.console.print(line, highlight=False, soft_wrap=True)

    def playing(self, at: float, end: float) -> None:
        """Move the bar; most of the work is in the last day."""
        if not self.console.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=self.console, transient=True)
            self._bar.start()
            self._bar.add_task("playing", total=DAYS_PLAYED * 86_400)
        clock = datetime.fromtimestamp(at, UTC)
        done = DAYS_PLAYED * 86_400 - (end - at)
        self._bar.update(self._bar.task_ids[0], completed=done, description=f"playing {clock:%d %b %H:%M}")

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@app.command()
def observe(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes any that is free.")] = 8300,
    hours: Annotated[float, typer.Option(min=1, max=HOURS, help="Hours that are played minute by minute.")] = HOURS,
    until: Annotated[
        datetime | None, typer.Option(help="When the day ends, in UTC, with nothing after it; else it ends now.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep storage, files and logs here.")] = None,
    healthy: Annotated[bool, typer.Option("--healthy", help="A day on which nothing goes wrong.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say whether the right alerts fired, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and alerts as JSON.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Play a day of the platform through its rules, and show dashboards and alerts on one page until Ctrl-C.

    Exit status: 0 fine, 1 not to be shown or --check found a fault, 2 bad input, 130 interrupted before the page stood.
    """
    request = Request(
        incidents=frozenset() if healthy else frozenset(INCIDENTS),
        hours=hours,
        until=until.replace(tzinfo=until.tzinfo or UTC).timestamp() if until else None,
        port=port,
        keep=keep.absolute() if keep else None,
    )
    lines = Lines(Console(stderr=True))
    try:
        with observing(request, lines) as observed:
            try:
                wrong = list(faults(observed.day.fired, [one for one in INCIDENTS if one in request.incidents]))
                if as_json:
                    print(json.dumps(_document(observed, wrong)), flush=True)  # noqa: T201 - a command's answer
                if check:
                    for line in wrong or ["the alerts that had to fire did, and no others"]:
                        lines.said(line)
                    sys.exit(FAULTS if wrong else 0)
                _show(observed, lines, browser=not no_browser)
            except KeyboardInterrupt:  # how it is meant to end
                lines.said("ended")
    except ObserveError as error:
        lines.stop()
        lines.said(str(error))
        sys.exit(FAULTS)
    finally:
        lines.stop()


def _show(observed: Observed, lines: Lines, *, browser: bool) -> None:
    """Say where everything is, and wait."""
    lines.said(f"dashboards and alerts: {observed.page}")
    lines.said(f"Prometheus: {observed.prometheus.address}")
    if observed.alertmanager:
        lines.said(f"Alertmanager: {observed.alertmanager}")
    lines.said("Ctrl-C ends it")
    if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
        webbrowser.open(observed.page)
    threading.Event().wait()


def _document(observed: Observed, wrong: list[str]) -> dict[str, Any]:
    return {
        "page": observed.page,
        "prometheus": observed.prometheus.address,
        "alertmanager": observed.alertmanager,
        "end": observed.day.end,
        "seconds": observed.day.played.seconds,
        "series": observed.day.played.series,
        "evaluations": observed.day.played.evaluations,
        "faults": wrong,
        "alerts": [
            {
                "alert": entry.alert,
                "begins": entry.begins,
                "ends": entry.ends,
                "labels": dict(entry.change.labels),
                "annotations": dict(entry.change.annotations),
            }
            for entry in observed.day.fired
        ],
    }


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def run() -> None:
    """Run the command; whoever asks it to end gets everything cleaned away."""
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # also where a shell had it ignored
        signal.signal(wanted, _interrupted)
    app()
