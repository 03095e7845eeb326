"""What a lab leaves behind whose process was killed: its guard removes it at once, the next lab whatever is left.

Run as a program, it is that guard: it waits until whoever started it is gone, be it by `kill -9`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from rehearsal.cluster.cache_folder import locked, try_lock
from tests.ansible.lab import network
from tests.ansible.lab.control_groups import hierarchies, kill_groups
from tests.ansible.lab.overlay import unmount_below

PREFIX: Final = "gpu-lab-"
"""What every folder, control group and network namespace of a lab begins with; the process id follows."""


def one_at_a_time() -> AbstractContextManager[None]:
    """Hold the lock of whoever makes or removes a lab: one that has no lock of its own yet, or no more, looks left."""
    return locked(Path(tempfile.gettempdir()) / f"{PREFIX}leftovers.lock")


def remove_leftovers() -> None:
    """Remove hosts, mounts, namespaces and bridges of labs that are gone; a living one holds its folder's lock.

    To be called with the lock `one_at_a_time`.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        match = re.fullmatch(rf"{PREFIX}(\d+)", folder.name)
        # A guard of another checkout may be removing it, without this lock.
        with suppress(FileNotFoundError):
            if match is None or folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / "lock").open("a") as handle:
                if try_lock(handle):
                    remove(folder, int(match[1]))


def remove(folder: Path, process: int) -> None:
    """Remove all that a lab made; nothing happens where there is nothing."""
    for hierarchy in hierarchies():
        for group in hierarchy.glob(f"{PREFIX}{process}-*"):
            kill_groups(group.name)
    unmount_below(folder)
    network.remove(process)
    shutil.rmtree(folder, ignore_errors=True)


def start_guard(folder: Path) -> subprocess.Popen[bytes]:
    """Return a process that removes this process's lab when its standard input ends, which death does too."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", __spec__.name, str(folder), str(os.getpid())],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    with one_at_a_time():
        remove(Path(sys.argv[1]), int(sys.argv[2]))
