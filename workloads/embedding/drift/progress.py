"""How far a calibration is: a bar in a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID

from workloads.embedding.drift.reference import Progress


@contextmanager
def shown_progress() -> Generator[Progress]:
    """Give what shows it, one bar for each size of window."""
    console = Console(stderr=True)
    tasks: dict[int, TaskID] = {}
    with Bars(console=console, disable=not console.is_terminal) as bars:

        def show(window: int, done: int, total: int) -> None:
            if window not in tasks:
                tasks[window] = bars.add_task(f"calibrating windows of {window}", total=total)
            bars.update(tasks[window], completed=done)

        yield show
