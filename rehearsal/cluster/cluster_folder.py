"""The folder of one running control plane: guarded while it is used, gone afterwards, found when it was left behind."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from rehearsal.cluster import leftovers
from rehearsal.cluster.cache_folder import cache_folder, locked, try_lock

PREFIX: Final = "llm-platform-cluster-"


@contextmanager
def cluster_folder() -> Generator[Path]:
    """Make a temporary folder; whatever was started from it is stopped and the folder removed when the context ends.

    So it is when this process is killed: by its guard, a process of its own, and should that be killed as well, by the
    next one that makes a folder. Raises `CacheError` when there is no place to note the folder down.
    """
    registry = cache_folder() / "clusters"
    registry.mkdir(exist_ok=True)
    with locked(registry / ".lock"):
        remove_leftovers(registry)
        # Its real path: processes are found by it.
        folder = Path(tempfile.gettempdir()).resolve() / f"{PREFIX}{secrets.token_hex(8)}"
        entry = registry / folder.name
        note = entry.open("w")
        try_lock(note)
        note.write(str(folder))
        note.flush()
    with note:
        guard = _guard(folder)  # before there is anything that nobody would remove
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            leftovers.remove(folder)
            entry.unlink(missing_ok=True)
            _release(guard)


def remove_leftovers(registry: Path) -> list[Path]:
    """Stop and remove what killed processes left behind; return the folders. The registry's lock must be held."""
    removed: list[Path] = []
    for entry, note in _notes_of_the_dead(registry):
        folder = Path(note.read())
        # A note that was not written whole names no folder of ours.
        if folder.name.startswith(PREFIX) and folder.is_absolute():
            leftovers.remove(folder)
            removed.append(folder)
        entry.unlink(missing_ok=True)
    return removed


def _notes_of_the_dead(registry: Path) -> Iterator[tuple[Path, IO[str]]]:
    """Return the notes that nobody holds a lock on."""
    for entry in sorted(registry.glob(f"{PREFIX}*")):
        with entry.open() as note:
            if try_lock(note):
                yield entry, note


def _guard(folder: Path) -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C does not reach it; it holds the reading end of a pipe of which only this
    # process holds the other.
    return subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, "-I", "-S", str(Path(leftovers.__file__)), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        env={key: value for key, value in os.environ.items() if key == "PATH"},
        start_new_session=True,
    )


def _release(guard: subprocess.Popen[bytes]) -> None:
    assert guard.stdin is not None  # noqa: S101 - it was given a pipe
    guard.stdin.close()
    guard.wait()
