"""Fills the weights cache before the engine starts: fetch_weights.py SOURCES.json CACHE.

SOURCES.json is a list of {uri, folder}; each uri (hf://owner/name@commit or s3://bucket/prefix) lands in CACHE/folder.
Several replicas may share the cache: the first takes a lock and downloads, the others wait and find it done. A folder
appears under its name only when it is whole, so a download that was killed is never served; what it had fetched is
kept and continued. Runs in an image that has huggingface_hub and boto3. Exit status 1: a source that can't be had.
"""

import contextlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

HEARTBEAT_SECONDS = 10.0
STALE_SECONDS = 60.0  # six heartbeats missed: the owner of the lock is gone
Download = Callable[[str, Path], None]


class FetchError(Exception):
    """A source that can't be had, in words for the pod's log."""


def from_hugging_face(uri: str, target: Path) -> None:
    """One commit of a repository on the Hub, without what no engine reads."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 # pyright: ignore - the image has it, we don't

    repository, _, revision = uri.removeprefix("hf://").partition("@")
    ignore = [pattern for pattern in os.environ.get("IGNORE_PATTERNS", "").split(",") if pattern]
    snapshot_download(repository, revision=revision, local_dir=target, ignore_patterns=ignore, max_workers=8)
    shutil.rmtree(target / ".cache", ignore_errors=True)


def from_s3(uri: str, target: Path) -> None:
    """All objects below a prefix; an object that is there with its size is not fetched again."""
    import boto3  # noqa: PLC0415 - only this kind of source needs it

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    prefix = prefix.rstrip("/") + "/"
    client = boto3.client("s3")
    found = False
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            path = target / item["Key"].removeprefix(prefix)
            if item["Key"].endswith("/") or not path.resolve().is_relative_to(target.resolve()):
                continue
            found = True
            if not path.exists() or path.stat().st_size != item["Size"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                client.download_file(bucket, item["Key"], str(path))
    if not found:
        raise FetchError(f"{uri}: no objects below this prefix")


DOWNLOADS: dict[str, Download] = {"hf": from_hugging_face, "s3": from_s3}


@contextlib.contextmanager
def lock(path: Path, done: Callable[[], bool], wait_seconds: float) -> Generator[bool]:
    """Hold the lock while the body runs; yield False when `done` became true while waiting for it.

    The lock is a folder, which every file system makes in one step. Its owner touches it; one that was not touched for
    a minute is taken over. Raises FetchError after `wait_seconds`.
    """
    limit = time.monotonic() + wait_seconds
    while not done():
        try:
            path.mkdir()
            break
        except FileExistsError:
            if _age(path) > STALE_SECONDS:
                _take_away(path)
            elif time.monotonic() > limit:
                raise FetchError(f"{path.name}: another replica held it for {wait_seconds:.0f} s") from None
            else:
                time.sleep(min(1.0, HEARTBEAT_SECONDS / 10))
    else:
        yield False
        return
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(path, stop), daemon=True)
    heart.start()
    try:
        yield True
    finally:
        stop.set()
        heart.join()
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()


def fetch(uri: str, folder: str, cache: Path, wait_seconds: float, downloads: dict[str, Download]) -> bool:
    """Makes CACHE/folder whole; False when it was already."""
    target, partial = cache / folder, cache / f".partial-{folder}"
    scheme = uri.partition("://")[0]
    if scheme not in downloads:
        raise FetchError(f"{uri}: allowed are {', '.join(sorted(downloads))}")
    with lock(cache / f".lock-{folder}", target.exists, wait_seconds) as mine:
        if not mine or target.exists():
            return False
        partial.mkdir(exist_ok=True)
        downloads[scheme](uri, partial)
        partial.rename(target)
    return True


def main(sources: Path, cache: Path, downloads: dict[str, Download] = DOWNLOADS) -> int:
    """Fetches every source; says on stderr why one can't be had."""
    wait_seconds = float(os.environ.get("LOCK_SECONDS", "3600"))
    for source in json.loads(sources.read_text(encoding="utf-8")):
        start = time.monotonic()
        try:
            fresh = fetch(source["uri"], source["folder"], cache, wait_seconds, downloads)
        except Exception as error:  # whatever a client raises, the pod's log names the source
            sys.stderr.write(f"{source['uri']}: {type(error).__name__}: {error}\n")
            return 1
        sys.stdout.write(f"{source['uri']}: {'fetched' if fresh else 'was there'}, {time.monotonic() - start:.0f} s\n")
    return 0


def _age(path: Path) -> float:
    """Seconds since the lock's owner touched it, by the clock of the file system that both share."""
    probe = path.with_name(f"{path.name}-clock-{os.getpid()}")
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    finally:
        probe.unlink(missing_ok=True)


def _take_away(path: Path) -> None:
    """Removes a lock whose owner is gone: by renaming, so that of several that try only one removes it."""
    gone = path.with_name(f"{path.name}-stale-{os.getpid()}-{time.monotonic_ns()}")
    with contextlib.suppress(OSError):
        path.rename(gone)
        gone.rmdir()


def _beat(path: Path, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
