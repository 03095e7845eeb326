"""`python -m rehearsal.observe` as a user runs it, ended by Ctrl-C; nothing of it may be left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observability.preview.prometheus_api import PrometheusApi

PATIENCE_SECONDS = 180
SECONDS_TO_PLAY = 1200
"""For a test that may be the one to wait for the day, on a busy machine, and for the player to be built."""


@dataclass(frozen=True)
class Observed:
    """What the command said when its page stood."""

    document: dict[str, Any]
    folder: Path
    process: subprocess.Popen[str]

    @property
    def page(self) -> str:
        return self.document["page"]

    @property
    def end(self) -> float:
        return self.document["end"]

    @property
    def prometheus(self) -> PrometheusApi:
        return PrometheusApi(self.document["prometheus"], timeout_seconds=120)

    @property
    def alerts(self) -> Sequence[dict[str, Any]]:
        return self.document["alerts"]


def started(folder: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """The command, whose stderr goes into a file of the folder."""
    with (folder / "stderr").open("w") as errors:
        return subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "rehearsal.observe", "--no-browser", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )


@contextmanager
def observing(folder: Path, *options: str) -> Generator[Observed]:
    """The command until the block ends."""
    process = started(folder, "--json", "--keep", str(folder / "kept"), *options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr").read_text()
        yield Observed(json.loads(line), folder, process)
    finally:
        process.send_signal(signal.SIGINT)
        status = ended(process)
    assert status == 0, (folder / "stderr").read_text()
    assert not left_of(folder)


def ended(process: subprocess.Popen[str]) -> int:
    """How it ended; one that does not is killed with all that it started, and fails the test."""
    try:
        process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode


def left_of(folder: Path) -> list[str]:
    """Command lines of processes that have to do with a folder."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it is gone
            continue
        if str(folder) in command:
            found.append(command)
    return found
