"""Control groups of hosts: each has its own, so that no host's systemd counts another's processes as its own.

They also name every process of a host, whatever became of its parents.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path("/sys/fs/cgroup")
KILLED_WITHIN_SECONDS: Final = 15.0


def hierarchies() -> list[Path]:
    """Return where systemd keeps track of processes: one folder on a unified machine, two on a hybrid one."""
    if (ROOT / "cgroup.procs").exists():
        return [ROOT]
    return [folder for folder in (ROOT / "systemd", ROOT / "unified") if (folder / "cgroup.procs").exists()]


def make_groups(name: str) -> list[Path]:
    """Return a host's groups, newly made where they are missing."""
    groups = [folder / name for folder in hierarchies()]
    for group in groups:
        group.mkdir(exist_ok=True)
    return groups


def enter_commands(groups: list[Path]) -> str:
    """Return shell commands by which a process puts itself into the groups."""
    return "".join(f"echo $$ > {group}/cgroup.procs && " for group in groups)


def kill_groups(name: str) -> None:
    """Kill whatever runs in a host's groups, then remove them."""
    until = time.monotonic() + KILLED_WITHIN_SECONDS
    groups = [folder / name for folder in hierarchies()]
    while any(group.exists() for group in groups) and time.monotonic() < until:
        for process in {process for group in groups for process in _processes(group)}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for group in groups:
            # `Path.glob` fails where a group goes away meanwhile.
            for inner, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(inner).rmdir()
        time.sleep(0.02)


def _processes(group: Path) -> Iterator[int]:
    for inner, _, _ in os.walk(group):
        with contextlib.suppress(OSError):
            yield from (int(word) for word in Path(inner, "cgroup.procs").read_text().split())
