"""The cache folder of this project, and locks between the processes that share it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

VARIABLE: Final = "LLM_PLATFORM_CACHE"
NAME: Final = "llm-platform"


class CacheError(Exception):
    """The cache folder cannot be used; the message says which it is and how to choose another."""


def cache_folder() -> Path:
    """Return the folder: $LLM_PLATFORM_CACHE, else $XDG_CACHE_HOME/llm-platform, else ~/.cache/llm-platform.

    It exists afterwards and may be written to. Raises `CacheError`.
    """
    folder = _chosen()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(f"the cache folder {folder} cannot be made: {error.strerror}; set {VARIABLE}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CacheError(f"the cache folder {folder} may not be written to; set {VARIABLE} to one that may")
    return folder


def _chosen() -> Path:
    if ours := os.environ.get(VARIABLE):
        return Path(ours).expanduser().absolute()
    # The XDG specification: a relative path is to be ignored.
    if (xdg := os.environ.get("XDG_CACHE_HOME")) and Path(xdg).is_absolute():
        return Path(xdg) / NAME
    try:
        return Path.home() / ".cache" / NAME
    except RuntimeError:
        raise CacheError(f"there is no home folder to keep a cache in; set {VARIABLE} to a folder") from None


@contextmanager
def locked(file: Path, waiting: Callable[[], None] = lambda: None) -> Generator[None]:
    """Hold a lock that ends with this process, however it ends; `waiting` is called before waiting for another's."""
    with file.open("a") as handle:
        if not try_lock(handle):
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def try_lock(handle: IO[str]) -> bool:
    """Take the lock on an open file if nobody holds it; it is held until the file is closed."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
