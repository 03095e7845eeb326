"""Sees everything that happens to pods, nodes and node claims while a drill runs.

Watches rather than polls: a replica that is gone for a quarter of a second is seen to be gone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode

import urllib3

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.connection import GONE, OK, Connection
from rehearsal.cluster.karpenter import NODE_CLAIM

KINDS: Final = (("Pod", "v1"), ("Node", "v1"), NODE_CLAIM)
WATCH_SECONDS: Final = 1
"""How long the API server lets a watch last: so soon a quiet one notices that it is to end."""
ASK_AGAIN_SECONDS: Final = 0.2

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Something that was seen to happen."""

    at: float
    """Real seconds since the watch began; 0 for what was there before."""
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    kind: str
    object: Object


class Watch:
    """What has been seen so far, and how things stand."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.begun = time.monotonic()
        self._standing: dict[str, dict[str, Object]] = {kind: {} for kind, _ in KINDS}
        self._gone: set[str] = set()
        self._changed = threading.Condition()
        self._failed: Exception | None = None

    def elapsed(self) -> float:
        """Return the real seconds since the watch began."""
        return time.monotonic() - self.begun

    def standing(self, kind: str) -> list[Object]:
        """Return the objects of a kind that are there now."""
        with self._changed:
            return list(self._standing[kind].values())

    def wait(
        self, until: Callable[[], bool], *, quiet_seconds: float, give_up_seconds: float, check: Callable[[], None]
    ) -> bool:
        """Wait until something holds; False when nothing changed for `quiet_seconds`, or in `give_up_seconds` at all.

        `check` is called now and then; what it raises ends the wait, as does a watch that has failed.
        """
        end = time.monotonic() + give_up_seconds
        seen, since = -1, time.monotonic()
        while not until():
            check()
            with self._changed:
                self._changed.wait(ASK_AGAIN_SECONDS)
                failed, count = self._failed, len(self.changes)
            if failed is not None:
                raise failed
            if count != seen:
                seen, since = count, time.monotonic()
            if time.monotonic() > end or time.monotonic() - since > quiet_seconds:
                return until()
        return True

    def take(self, type_: str, kind: str, thing: Object, at: float) -> None:
        """Note a change; a change of nothing but a heartbeat or a managed field is none."""
        thing = {**thing, "metadata": {k: v for k, v in thing["metadata"].items() if k != "managedFields"}}
        uid = str(thing["metadata"]["uid"])
        with self._changed:
            before = self._standing[kind].get(uid)
            if uid in self._gone or (before is not None and _version(thing) < _version(before)):
                return  # listed before what a watch has told since
            if type_ == "DELETED":
                self._standing[kind].pop(uid, None)
                self._gone.add(uid)
            else:
                self._standing[kind][uid] = thing
                type_ = "ADDED" if before is None else "MODIFIED"
                if before is not None and _essence(before) == _essence(thing):
                    return
            self.changes.append(Change(at, cast("Any", type_), kind, thing))
            self._changed.notify_all()

    def catch_up(self, api: Api) -> None:
        """Take what stands now: each kind has a watch of its own, and one may lag behind another."""
        for kind, api_version in KINDS:
            if api.serves(kind, api_version):
                for thing in api.list(kind, api_version):
                    self.take("MODIFIED", kind, thing, self.elapsed())

    def forget(self, kind: str, present: set[str], at: float) -> None:
        """Note as deleted what is not among the uids that are present."""
        with self._changed:
            gone = [thing for uid, thing in self._standing[kind].items() if uid not in present]
        for thing in gone:
            self.take("DELETED", kind, thing, at)

    def fail(self, error: Exception) -> None:
        """Let the next wait raise."""
        with self._changed:
            self._failed = error
            self._changed.notify_all()


def _version(thing: Object) -> int:
    """Return which of two states of an object came later: resource versions of one kind are compared as numbers."""
    return int(thing["metadata"].get("resourceVersion") or 0)


def _essence(thing: Object) -> tuple[Any, ...]:
    """Return what of an object matters here: all but what changes by itself."""
    metadata, status = thing["metadata"], thing.get("status") or {}
    conditions = {c["type"]: (c["status"], c.get("reason")) for c in status.get("conditions") or []}
    kept = {key: metadata.get(key) for key in ("labels", "deletionTimestamp")}
    return (kept, thing.get("spec"), conditions, status.get("phase"), status.get("allocatable"))


class _Stream(Connection):
    """A connection that reads one kind's watch, line by line."""

    def follow(self, kind: str, api_version: str, watch: Watch, ended: threading.Event) -> None:
        """Watch until `ended`; begin anew with a list when the API server has forgotten where we were."""
        while not ended.is_set():
            found = self.request("GET", self.path(kind, api_version))
            at = watch.elapsed()
            items = cast("list[Object]", found.get("items") or [])
            for item in items:
                watch.take("ADDED", kind, item, at)
            watch.forget(kind, {str(item["metadata"]["uid"]) for item in items}, at)
            version = str(found["metadata"]["resourceVersion"])
            while version and not ended.is_set():
                version = self._read(kind, api_version, version, watch)

    def _read(self, kind: str, api_version: str, version: str, watch: Watch) -> str:
        """Read one watch to its end; return where to go on, or nothing when it must begin anew."""
        asked = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        query = urlencode({**asked, "timeoutSeconds": str(WATCH_SECONDS)})
        headers = {"accept": "application/json"}
        if self._authorization:
            headers["authorization"] = self._authorization
        url = f"{self.server}{self.path(kind, api_version)}?{query}"
        answer = self._pool.request("GET", url, headers=headers, preload_content=False)
        try:
            if answer.status == GONE:
                return ""
            if answer.status != OK:
                raise ApiError(answer.status, "Watch", answer.data.decode(errors="replace"))
            for line in _lines(cast("urllib3.HTTPResponse", answer)):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return ""
                version = str(event["object"]["metadata"]["resourceVersion"])
                if event["type"] != "BOOKMARK":
                    watch.take(event["type"], kind, event["object"], watch.elapsed())
        except (urllib3.exceptions.HTTPError, OSError):
            return version  # the connection ended: whoever follows looks whether to go on
        finally:
            answer.close()
        return version


def _lines(answer: urllib3.HTTPResponse) -> Generator[bytes]:
    rest = b""
    for part in answer.stream(65536):
        *whole, rest = (rest + part).split(b"\n")
        yield from (line for line in whole if line.strip())


@contextmanager
def watching(api: Api, kinds: Sequence[tuple[str, str]] = KINDS) -> Generator[Watch]:
    """Watch the cluster until the context ends; whatever is there already is in it at once."""
    watch, ended = Watch(), threading.Event()
    streams = [_Stream(api.kubeconfig) for _ in kinds]
    served = [(stream, kind) for stream, kind in zip(streams, kinds, strict=True) if api.serves(*kind)]

    def follow(stream: _Stream, kind: tuple[str, str]) -> None:
        try:
            stream.follow(*kind, watch, ended)
        except (ApiError, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if not ended.is_set():
                watch.fail(error)

    for _, (kind, api_version) in served:
        for item in api.list(kind, api_version):
            watch.take("ADDED", kind, item, 0.0)
    watch.begun = time.monotonic()
    threads = [threading.Thread(target=follow, args=each, daemon=True) for each in served]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for stream in streams:
            stream.close()
