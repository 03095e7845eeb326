"""One writer at a time per collection: a second run is refused instead of both deleting each other's points.

In a folder it is a lock of the operating system, which ends with its process however that ends. In a bucket it is an
object that only the holder rewrites, by conditional writes (RFC 9110 preconditions, which S3 has for PUT since 2024).
The holder writes it again every few seconds. A second run watches it: when the object has not changed for `STALE`
seconds of the watcher's own forward-only clock, its holder is dead. No two machines' clocks are compared, so that a
clock jump decides nothing.
"""

from __future__ import annotations

import fcntl
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from workloads.archive import Archive, FolderArchive, S3Archive, said
from workloads.faults import ProgramError

RENEWED: Final = 5.0
STALE: Final = 20.0
_ABSENT: Final = 404
_LOST: Final = (_ABSENT, 409, 412)


class BusyError(ProgramError):
    """Another run writes to the same collection, or took the lease over."""


@contextmanager
def lease(
    archive: Archive, name: str, *, renewed: float = RENEWED, stale: float = STALE
) -> Generator[Callable[[], None]]:
    """Hold the lease of a collection; what is given raises `BusyError` once it was lost.

    Raises `BusyError` where another run holds it.
    """
    if isinstance(archive, S3Archive):
        with _object(archive, f"leases/{name}", renewed, stale) as check:
            yield check
    elif isinstance(archive, FolderArchive):
        with _file(archive, f"leases/{name}"):
            yield lambda: None
    else:
        yield lambda: None


@contextmanager
def _file(archive: FolderArchive, name: str) -> Generator[None]:
    file = archive.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(f"{file}: another run is writing to this collection") from error
        yield


@contextmanager
def _object(archive: S3Archive, name: str, renewed: float, stale: float) -> Generator[Callable[[], None]]:
    holder = _Holder(archive, name)
    holder.take(stale, renewed)
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(renewed) and not holder.lost:
            holder.renew()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield holder.check
    finally:
        stop.set()
        thread.join()
        if not holder.lost:
            archive.delete(name)


class _Holder:
    def __init__(self, archive: S3Archive, name: str) -> None:
        self.lost = ""
        self._archive = archive
        self._name = name
        self._tag = ""

    def take(self, stale: float, renewed: float) -> None:
        """Write the object where there is none, or in place of one whose holder is dead."""
        seen, since = None, time.monotonic()
        while not self._put(IfNoneMatch="*"):
            tag = self._standing()
            if tag is None:
                continue
            if seen is not None and tag != seen:
                raise BusyError(f"{self._archive.uri}/{self._name}: another run is writing to this collection")
            seen = tag
            if time.monotonic() - since >= stale:
                if self._put(IfMatch=tag):
                    return
                raise BusyError(f"{self._archive.uri}/{self._name}: another run took over at the same moment")
            time.sleep(min(renewed, stale) / 5)

    def renew(self) -> None:
        try:
            if not self._put(IfMatch=self._tag):
                self.lost = "another run took the lease over, as this one stood still for too long"
        except ProgramError as error:
            self.lost = str(error)

    def check(self) -> None:
        if self.lost:
            raise BusyError(f"{self._archive.uri}/{self._name}: {self.lost}")

    def _put(self, **condition: str) -> bool:
        content = uuid.uuid4().hex.encode()
        try:
            answer: Any = self._archive.client.put_object(
                Bucket=self._archive.bucket, Key=self._archive.key(self._name), Body=content, **condition
            )
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] in _LOST:
                return False
            raise said(f"{self._archive.uri}/{self._name}", error) from error
        self._tag = str(answer["ETag"])
        return True

    def _standing(self) -> str | None:
        try:
            answer: Any = self._archive.client.head_object(
                Bucket=self._archive.bucket, Key=self._archive.key(self._name)
            )
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] == _ABSENT:
                return None
            raise said(f"{self._archive.uri}/{self._name}", error) from error
        return str(answer["ETag"])
