"""Rehearses folders, each in a process of its own that runs the folder's own code, at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from rehearsal.bad_input import BadInputError

SECONDS_TO_END: Final = 20.0
"""Given to a rehearsal that is interrupted; then it is killed."""
POLL_SECONDS: Final = 0.1
LINES_TOLD: Final = 3

# An installation that can be edited leads to the user's tree whatever is missing in another one.
OWN_CODE: Final = """
import os, runpy, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "__module__", "").startswith("__edit")]
sys.path[0] = os.getcwd()
sys.argv[0] = "rehearse"
runpy.run_module("rehearsal", run_name="__main__", alter_sys=True)
"""


class SideError(BadInputError):
    """A side could not be rehearsed."""


@dataclass(frozen=True)
class Side:
    """A folder to be rehearsed."""

    name: str
    folder: Path
    arguments: Sequence[str]
    """Of the `rehearse` command: `up dev`."""


@dataclass
class _Running:
    side: Side
    process: subprocess.Popen[str]
    file: Path
    phase: str = "starting"
    errors: list[str] = field(default_factory=list[str])
    readers: list[threading.Thread] = field(default_factory=list[threading.Thread])

    @property
    def is_done(self) -> bool:
        return self.process.poll() is not None


Watch = Callable[[Mapping[str, str]], None]
"""Is told where every side is, again and again."""


def rehearse(sides: Sequence[Side], into: Path, watch: Watch) -> list[Path]:
    """Rehearse folders at once and return their documents, in order.

    Raises `SideError` for the first that wrote none. No process is left running, whatever happens.
    """
    with ExitStack() as ending:
        running = [_start(side, into, ending) for side in sides]
        while not all(each.is_done for each in running):
            watch({each.side.name: "done" if each.is_done else each.phase for each in running})
            if any(each.is_done and not each.file.is_file() for each in running):
                break  # nothing will come of the others either
            time.sleep(POLL_SECONDS)
        for each in running:
            if each.is_done and not each.file.is_file():
                raise SideError(f"{each.side.name}: cannot be rehearsed: {_last_words(each)}")
        return [each.file for each in running]


def _start(side: Side, into: Path, ending: ExitStack) -> _Running:
    descriptor, name = tempfile.mkstemp(dir=into, suffix=".json")
    os.close(descriptor)
    file = Path(name)
    file.unlink()
    own = (side.folder / "rehearsal" / "__main__.py").is_file()
    start = ["-c", OWN_CODE] if own else ["-m", "rehearsal"]
    unwanted = ("PYTHONSAFEPATH", "PYTHONPATH", "FORCE_COLOR")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *start, *side.arguments, "--json", str(file)],
        cwd=side.folder,
        env={key: value for key, value in os.environ.items() if key not in unwanted} | {"COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C is passed on here, once
    )
    running = _Running(side, process, file)
    ending.callback(_end, running)
    for stream, take in ((process.stdout, _phase_taker(running)), (process.stderr, running.errors.append)):
        if stream is not None:
            reader = threading.Thread(target=_read, args=(stream, take), daemon=True)
            reader.start()
            running.readers.append(reader)
    return running


def _phase_taker(running: _Running) -> Callable[[str], None]:
    following = {"account": "plan", "plan": "create", "create": "read back", "read back": "destroy"}

    def take(line: str) -> None:
        for phase, following_phase in following.items():
            if line.startswith(f"{phase:<10} "):
                running.phase = following_phase
        if line.startswith("interrupted"):
            running.phase = "interrupted"

    running.phase = "account" if "up" in running.side.arguments else "plan"
    return take


def _read(stream: IO[str], take: Callable[[str], None]) -> None:
    with stream:
        for line in stream:
            take(line.rstrip("\n"))


def _end(running: _Running) -> None:
    """Interrupt a rehearsal that still runs, as Ctrl-C does, and wait for it."""
    if not running.is_done:
        running.process.send_signal(signal.SIGINT)
        try:
            running.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:  # it may have been started where interruptions are ignored, as by nohup
            running.process.kill()
            running.process.wait()
        except BaseException:
            running.process.kill()
            running.process.wait()
            raise
    for reader in running.readers:
        reader.join(SECONDS_TO_END)


def _last_words(running: _Running) -> str:
    for reader in running.readers:
        reader.join(SECONDS_TO_END)
    told = [line.strip() for line in running.errors if line.strip()]
    if any(line.startswith("Traceback") for line in told):
        told = told[-1:]
    return " ".join(told[-LINES_TOLD:]) or f"it ended with status {running.process.returncode}"
