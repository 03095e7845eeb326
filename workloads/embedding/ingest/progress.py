"""How far a run is: a bar where somebody looks on, a log line now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.ingest.run import Watch

_SECONDS = 15.0
"""Between two lines."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("embedding")


@contextmanager
def progress(console: Console) -> Generator[Watch]:
    """Give a watcher of entries, which shows them on a terminal or logs them."""
    if console.is_terminal:
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as bar:
            # How many documents there are is known when the last one was listed, so that the bar only moves.
            task = bar.add_task("embedding", total=None, told="")
            counts: Counter[str] = Counter()

            def show(entry: Entry) -> None:
                counts[entry.fate] += 1
                bar.update(task, told=told(counts))

            yield show
    else:
        yield Lines()


class Lines:
    """Logs the counts, and each document that was not taken."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._counts: Counter[str] = Counter()
        self._said = time.monotonic()

    def __call__(self, entry: Entry) -> None:
        """Take an entry down."""
        self._counts[entry.fate] += 1
        if entry.reason:
            _log.warning("not taken", document=entry.document, fate=entry.fate, reason=entry.reason)
        if time.monotonic() - self._said >= self._seconds:
            self._said = time.monotonic()
            _log.info("progress", **self._counts)


def told(counts: Counter[str]) -> str:
    """Return counts as words: `12 done, 3 unchanged`."""
    return ", ".join(f"{number} {fate}" for fate, number in counts.items() if number)
