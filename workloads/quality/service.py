"""The service: runs on a schedule, each in a process of its own, and the metrics of the last one in between.

A process of its own gives its gigabytes back when it ends, can be ended when it takes too long, and leaves the metrics
to be scraped while it computes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from workloads.archive import Archive
from workloads.faults import ProgramError
from workloads.quality.exporter import Exporter
from workloads.quality.faults import REASON_OF_STATUS, Reason
from workloads.quality.run import kept_result
from workloads.quality.settings import QualitySettings

_LONGEST_WORDS: Final = 2000
"""Of what a run that failed says last"""
_GRACE_SECONDS: Final = 5
_MINUTE: Final = 60.0


class Service:
    """Runs a command on a schedule and shows what it leaves."""

    def __init__(
        self,
        settings: QualitySettings,
        archive: Archive,
        command: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`command` carries out one run; `clock` tells seconds since 1970."""
        self.exporter = Exporter(settings.model)
        self._settings = settings
        self._archive = archive
        self._command = list(command)
        self._clock = clock
        self._log: Any = structlog.get_logger().bind(model=settings.model)

    def serve(self, stop: threading.Event) -> None:
        """Run at once, or when the last run's time is over, and from then on each time; until told to stop."""
        every = self._settings.schedule.every_minutes * _MINUTE
        wait = 0.0
        last = self._kept()
        if last is not None:
            self.exporter.show(last)
            wait = min(every, max(0.0, last.started + every - self._clock()))
        while not stop.wait(wait):
            begun = self._clock()
            self.run_once(stop)
            wait = max(1.0, begun + every - self._clock())

    def run_once(self, stop: threading.Event | None = None) -> None:
        """Carry out one run."""
        reason = self._outcome(stop or threading.Event())
        result = self._kept() if reason is None else None
        if result is not None:
            self.exporter.show(result)
            self._log.info("run", conditions=dict(result.conditions), drifted=list(result.drifted))
        elif reason is not None:
            self.exporter.fail(reason)

    def _outcome(self, stop: threading.Event) -> Reason | None:
        """Return why the run failed; None where it did not, or was ended because all ends."""
        timeout = self._settings.schedule.timeout_minutes * _MINUTE
        process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        words = ""
        deadline = time.monotonic() + timeout
        while True:
            try:
                words += process.communicate(timeout=0.5)[1]
                break
            except subprocess.TimeoutExpired:
                if stop.is_set() or time.monotonic() > deadline:
                    _end(process)
                    if stop.is_set():
                        return None
                    self._log.error("run failed", reason="timeout", minutes=self._settings.schedule.timeout_minutes)
                    return "timeout"
        if process.returncode == 0:
            return None
        reason: Reason = "killed" if process.returncode < 0 else REASON_OF_STATUS.get(process.returncode, "fault")
        self._log.error("run failed", reason=reason, status=process.returncode, said=words.strip()[-_LONGEST_WORDS:])
        return reason

    def _kept(self) -> Any:
        try:
            return kept_result(self._archive)
        except ProgramError as error:
            self._log.error("result can't be read", error=str(error))
            return None


def run_command(settings_file: Path) -> list[str]:
    """Return the command of one run."""
    return [sys.executable, "-m", "workloads.quality", "run", str(settings_file)]


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
