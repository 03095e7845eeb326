"""A model's files from S3 into a folder: each whole or not at all, what is there already not again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from workloads.faults import AccessError, InputError, ProgramError
from workloads.s3_answers import is_refused

PART_SUFFIX: Final = ".part"


@dataclass(frozen=True)
class Fetched:
    """What a fetch did."""

    files: int
    """Files of the model."""
    bytes: int
    kept: int
    """Files that were there already."""


def fetch_model(uri: str, folder: Path, client: Any = None) -> Fetched:
    """Fetch every object below a prefix; a file of the same size that is there already stays.

    Objects of a model never change under their key: another revision is another prefix. Raises `InputError` for a uri
    that is no prefix or holds nothing, `AccessError` where S3 refuses, and `ProgramError` where it can't be reached
    or the folder can't be written.
    """
    bucket, prefix = _parts(uri)
    files = size = kept = 0
    try:
        client = client or boto3.client("s3")
        for name, length in _objects(client, bucket, prefix):
            target = folder / name
            files, size = files + 1, size + length
            if target.is_file() and target.stat().st_size == length:
                kept += 1
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + PART_SUFFIX)
            client.download_file(bucket, f"{prefix}{name}", str(part))
            part.replace(target)
    except (ClientError, BotoCoreError, Boto3Error) as error:
        kind = AccessError if is_refused(error) else ProgramError
        told = "S3 refused: " if isinstance(error, ClientError) else ""
        raise kind(f"{uri}: {told}{error}") from error
    except OSError as error:
        raise ProgramError(f"{folder}: {error.strerror or error}") from error
    if not files:
        raise InputError(f"{uri}: there is no object below this prefix")
    return Fetched(files, size, kept)


def _parts(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    prefix = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.netloc or not prefix:
        raise InputError(f"{uri}: allowed: s3://bucket/prefix")
    return parts.netloc, f"{prefix}/"


def _objects(client: Any, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Names below the prefix, with their sizes."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            name = str(entry["Key"])[len(prefix) :]
            if not name or name.endswith("/"):
                continue
            # An empty part too: behind `prefix//etc` is `/etc`, which joined to a folder is `/etc` itself.
            if {"", ".", ".."} & set(name.split("/")):
                raise InputError(f"s3://{bucket}/{entry['Key']}: an empty part, '.' or '..' could leave the folder")
            yield name, int(entry["Size"])
