"""The last check for drift as metrics of the search service.

The job that checks ends before anybody could scrape it, and leaves its result in the archive. The service is the
program of an index that is always there to be asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from prometheus_client import generate_latest

from workloads.archive import Archive
from workloads.embedding.drift.check import kept_checks
from workloads.embedding.drift.metrics import drift_registry
from workloads.embedding.drift.reference import kept_calibration
from workloads.faults import ProgramError

REFRESH_SECONDS: Final = 300
"""A check runs once a night; an alert waits longer than this."""


class KeptDrift:
    """Text of the metrics, looked up anew in the background: a scrape never waits for the archive."""

    def __init__(
        self, open_archive: Callable[[], Archive], collection: Callable[[], str], every_seconds: float = REFRESH_SECONDS
    ) -> None:
        """`collection` names the one that is searched now; it and the archive may be away for a while."""
        self._open_archive = open_archive
        self._collection = collection
        self._every_seconds = every_seconds
        self._text = b""
        self._log: Any = structlog.get_logger("search")

    @property
    def text(self) -> bytes:
        """In Prometheus' format; empty where no check was kept yet."""
        return self._text

    @contextmanager
    def followed(self) -> Generator[None]:
        """Look it up now and from then on, until the body ends."""
        stop = threading.Event()
        thread = threading.Thread(target=self._follow, args=(stop,), name="kept-drift", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()

    def refresh(self) -> None:
        """Look it up; what was known stays where that fails."""
        try:
            archive, collection = self._open_archive(), self._collection()
            calibration, checks = kept_calibration(archive, collection), kept_checks(archive, collection, 1)
        except ProgramError as error:
            self._log.warning("drift unknown", error=str(error))
            return
        # Of a reference before the present one a check says nothing any more.
        told = calibration is not None and bool(checks) and checks[-1].calibrated == calibration.created
        self._text = generate_latest(drift_registry(checks[-1], None)) if told else b""

    def _follow(self, stop: threading.Event) -> None:
        self.refresh()
        while not stop.wait(self._every_seconds):
            self.refresh()
