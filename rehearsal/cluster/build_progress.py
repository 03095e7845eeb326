"""What a person sees while the cluster's programs are built."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class BuildProgress(Protocol):
    """Is told what happens, so that a long build can be seen."""

    def announced(self, count: int, folder: Path) -> None:
        """So many programs are going to be built into a folder."""

    def started(self, step: str) -> None:
        """A step begins."""

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """A step is over."""


class Unwatched:
    """Progress that nobody watches."""

    def announced(self, count: int, folder: Path) -> None:
        """Say nothing."""

    def started(self, step: str) -> None:
        """Say nothing."""

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """Say nothing."""


class BuildLines:
    """A line per program with its time; on a terminal also a clock while it is built, elsewhere a line at its start."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Progress | None = None

    def announced(self, count: int, folder: Path) -> None:
        """Say why this takes a while."""
        # Without the pauses of soft wrapping a path stays one word that can be copied.
        self.console.print(
            f"building {count} programs of the simulated cluster into {folder}: once, 10 to 20 minutes on two cores",
            highlight=False,
            soft_wrap=True,
        )

    def started(self, step: str) -> None:
        """Show the clock, or the step's name where there is no terminal."""
        self.stop()
        if not self.console.is_terminal:
            self.console.print(f"{step} ...", highlight=False)
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._live = Progress(*columns, console=self.console, transient=True)
        self._live.start()
        self._live.add_task(step, total=None)

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """Replace the clock by the step's line."""
        self.stop()
        self.console.print(f"{step:<28} {summary}  [dim]{seconds:.0f} s[/dim]", highlight=False)

    def stop(self) -> None:
        """Take the clock off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
