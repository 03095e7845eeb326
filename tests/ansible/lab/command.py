"""Programs that the lab runs on this machine: each must succeed, or says what it printed."""

from __future__ import annotations

import subprocess
from pathlib import Path


class LabError(Exception):
    """The lab can't do what it was asked; the message says what and why."""


def run(*command: str | Path, stdin: str | None = None, timeout: float = 120) -> str:
    """Return what the program prints. Raises `LabError` with its complaint when it fails."""
    done = attempt(*command, stdin=stdin, timeout=timeout)
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise LabError(f"{words}: exit status {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def attempt(*command: str | Path, stdin: str | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Return how the program ended, whatever its exit status is."""
    return subprocess.run(  # noqa: S603 - the lab's own commands
        [str(part) for part in command],
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
