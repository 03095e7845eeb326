"""Parquet files below a folder or a prefix of a bucket; those of a bucket are fetched into a folder, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workloads.faults import AccessError, InputError, ProgramError
from workloads.quality.faults import UnavailableError
from workloads.s3_answers import is_refused, is_wrong

SUFFIX: Final = ".parquet"
_AT_ONCE: Final = 8
"""Downloads"""
_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=2 * _AT_ONCE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """One file."""

    name: str
    """As a person would name it: s3://bucket/key, or its path"""
    path: Path
    """Where it can be read"""


class Place(Protocol):
    """Where files are."""

    uri: str

    def files(self, folders: Iterable[str]) -> list[Found]:
        """Return the Parquet files in these folders and those below them, by name. Raises a `ProgramError`."""
        ...


def open_place(key: str, uri: str, scratch: Path) -> Place:
    """Return the place at a uri; `InputError`, which names the key of the settings, where it can't be one."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return FolderPlace(key, Path(uri))
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise InputError(f"{key}: {uri!r}: allowed: a folder or s3://bucket/prefix/")
    return S3Place(key, bucket, prefix, scratch)


class FolderPlace:
    """A folder."""

    def __init__(self, key: str, folder: Path) -> None:
        self.uri = str(folder)
        self._key = key
        self._folder = folder

    def files(self, folders: Iterable[str]) -> list[Found]:
        """Look below the folders; one that is not there has no file."""
        if not self._folder.is_dir():
            raise InputError(f"{self._key}: {self.uri}: is no folder")
        found = {
            path
            for folder in folders
            for path in (self._folder / folder).rglob(f"*{SUFFIX}")
            # Engines write under such names until a file is whole.
            if path.is_file() and not path.name.startswith((".", "_"))
        }
        return [Found(str(path), path) for path in sorted(found)]


class S3Place:
    """A prefix of a bucket."""

    def __init__(self, key: str, bucket: str, prefix: str, scratch: Path) -> None:
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.uri = f"s3://{bucket}/{self._prefix}"
        self._key = key
        self._bucket = bucket
        self._scratch = scratch
        self._client: Any = boto3.client("s3", config=_CONFIG)

    def files(self, folders: Iterable[str]) -> list[Found]:
        """List the objects and fetch those that have not been fetched."""
        try:
            names = sorted({name for folder in folders for name in self._names(folder)})
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                return list(pool.map(self._fetched, names))
        except (ClientError, BotoCoreError, Boto3Error) as error:
            raise self._said(error) from error

    def _names(self, folder: str) -> Iterator[str]:
        prefix = f"{self._prefix}{folder}/" if folder else self._prefix
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                name = str(entry["Key"])
                if name.endswith(SUFFIX) and not name.rpartition("/")[2].startswith((".", "_")):
                    yield name

    def _fetched(self, name: str) -> Found:
        uri = f"s3://{self._bucket}/{name}"
        # Keys may hold what a file's name can't, and be longer.
        path = self._scratch / f"{hashlib.sha256(uri.encode()).hexdigest()}{SUFFIX}"
        if not path.exists():
            part = path.with_suffix(".part")
            self._client.download_file(self._bucket, name, str(part))
            part.replace(path)
        return Found(uri, path)

    def _said(self, error: Exception) -> ProgramError:
        message = f"{self._key}: {self.uri}: {error}"
        if is_refused(error):
            return AccessError(message)
        return InputError(message) if is_wrong(error) else UnavailableError(message)
