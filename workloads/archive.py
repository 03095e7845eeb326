"""Where runs keep what they write down: a folder, or a prefix of a bucket. Every write is a whole file or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from workloads.faults import AccessError, InputError, ProgramError
from workloads.s3_answers import is_refused

_ABSENT = {"NoSuchKey", "404"}


class ArchiveError(ProgramError):
    """The place can't be read or written."""

    exit_status = 3


class Archive(Protocol):
    """Named files. Names have `/` between their parts; none starts with one or holds `..`."""

    uri: str

    def write(self, name: str, content: bytes) -> None:
        """Write a file in place of what stood there, atomically."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Give the names that start with a prefix, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""
        ...


def open_archive(uri: str, key: str = "manifests") -> Archive:
    """Return the archive at `s3://bucket/prefix/` or in a folder, which is made.

    `InputError`, which names the `key` of the settings, for another scheme.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return FolderArchive(Path(uri))
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise InputError(f"{key}: {uri!r}: allowed: a folder or s3://bucket/prefix/")
    return S3Archive(bucket, prefix.strip("/"))


class FolderArchive:
    """Files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.uri = str(folder)
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{folder}: {error.strerror or error}") from error

    def write(self, name: str, content: bytes) -> None:
        """Write beside the file, then move over it."""
        file = self.folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, written = tempfile.mkstemp(dir=file.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(content)
                Path(written).replace(file)
            except BaseException:
                Path(written).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ArchiveError(f"{file}: {error.strerror or error}") from error

    def read(self, name: str) -> bytes | None:
        """Return the file's content."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArchiveError(f"{self.folder / name}: {error.strerror or error}") from error

    def names(self, prefix: str = "") -> Iterator[str]:
        """Walk the folder; files that are still being written start with a dot and are left out."""
        found = (file.relative_to(self.folder) for file in self.folder.rglob("*") if file.is_file())
        named = (file.as_posix() for file in found if not file.name.startswith("."))
        return iter(sorted(name for name in named if name.startswith(prefix)))

    def delete(self, name: str) -> None:
        """Remove the file."""
        (self.folder / name).unlink(missing_ok=True)


class S3Archive:
    """Objects below a prefix; an object is there as a whole or not at all."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.uri = f"s3://{bucket}/{prefix}"
        self.bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self.client: Any = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 5}))

    def key(self, name: str) -> str:
        """Return the key of a name."""
        return f"{self._prefix}{name}"

    def write(self, name: str, content: bytes) -> None:
        """Put the object."""
        self._asked(name, "put_object", Body=content)

    def read(self, name: str) -> bytes | None:
        """Get the object."""
        found = self._asked(name, "get_object")
        return None if found is None else found["Body"].read()

    def names(self, prefix: str = "") -> Iterator[str]:
        """List the objects, page by page; S3 sorts them."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.key(prefix))
        try:
            for page in pages:
                for item in page.get("Contents", ()):
                    yield item["Key"].removeprefix(self._prefix)
        except (ClientError, BotoCoreError) as error:
            raise said(f"{self.uri}/{prefix}", error) from error

    def delete(self, name: str) -> None:
        """Delete the object."""
        self._asked(name, "delete_object")

    def _asked(self, name: str, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self.client, operation)(Bucket=self.bucket, Key=self.key(name), **arguments)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _ABSENT:
                return None
            raise said(f"{self.uri}/{name}", error) from error


def said(where: str, error: ClientError | BotoCoreError) -> ProgramError:
    """Return what S3 answered as a fault of ours."""
    if isinstance(error, NoCredentialsError):
        return AccessError(f"{where}: no AWS credentials")
    if is_refused(error):
        told = error.response["Error"].get("Message", error) if isinstance(error, ClientError) else error
        return AccessError(f"{where}: {told}")
    return ArchiveError(f"{where}: {error}")
