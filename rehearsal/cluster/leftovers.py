"""Processes that run out of a folder: found and stopped with it, even when nobody is left to do so.

Run as a program, it is the guard of one folder: it waits until whoever started it is gone, be it by `kill -9`, then
stops and removes. It is started by its path in isolated mode, and therefore imports the standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
STOPPED_WITHIN_SECONDS = 10.0


def processes_in(folder: Path) -> dict[int, str]:
    """Return the programs that were started from a folder, by process id; those that are dead but not reaped are not.

    A program from elsewhere belongs to it too, where the folder has a file `<program>.pid` that names it.
    """
    prefix = f"{folder}{os.sep}"
    named = set(_in_pid_files(folder))
    return {
        pid: Path(program).name
        for pid, program in _programs()
        if program.startswith(prefix) or (pid, Path(program).name) in named
    }


def _in_pid_files(folder: Path) -> Iterator[tuple[int, str]]:
    for where, _, names in os.walk(folder):  # which passes over what vanishes meanwhile
        for file in (Path(where, name) for name in names if name.endswith(".pid")):
            with contextlib.suppress(OSError, ValueError):
                yield int(file.read_text()), file.stem


def _programs() -> Iterator[tuple[int, str]]:
    """Return all processes with the first word of their command; it is empty for one that is dead but not reaped."""
    if PROC.joinpath("self", "cmdline").exists():
        for entry in PROC.iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    yield int(entry.name), os.fsdecode((entry / "cmdline").read_bytes().split(b"\0", 1)[0])
        return
    # Where there is no /proc (macOS).
    listing = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=False)
    for line in listing.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command.strip().partition(" ")[0]


def stop(folder: Path) -> None:
    """Kill what runs out of a folder, at once: its data is thrown away with it."""
    until = time.monotonic() + STOPPED_WITHIN_SECONDS
    while (found := processes_in(folder)) and time.monotonic() < until:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def remove(folder: Path) -> None:
    """Stop what runs out of a folder and remove it; nothing happens where there is none."""
    stop(folder)
    # A process that dies may still have written a file.
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def guard(folder: Path) -> None:
    """Wait until the other end of the standard input is closed, which death does too; then remove the folder."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    remove(folder)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
