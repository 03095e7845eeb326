"""Documents in S3, below a prefix."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.patterns import Patterns
from workloads.embedding.sources.s3_faults import fault_of
from workloads.embedding.sources.s3_object import ObjectReader
from workloads.embedding.sources.source import Item, item_key
from workloads.faults import InputError

_SCHEME: Final = "s3://"
_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=10, read_timeout=60)
_BUFFER: Final = 1 << 20


class S3Source:
    """Objects below a prefix; `s3://bucket/docs` is `s3://bucket/docs/`, and never `docs-old/`."""

    def __init__(self, settings: SourceSettings) -> None:
        """Take the bucket and the prefix; nothing is asked yet. `InputError` where the uri names no bucket."""
        self._bucket, _, prefix = settings.uri.removeprefix(_SCHEME).partition("/")
        if not self._bucket:
            raise InputError(f"source.uri: {settings.uri}: names no bucket; allowed: s3://bucket/prefix/")
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
        self.uri = f"{_SCHEME}{self._bucket}/{self._prefix}"
        self._patterns = Patterns(settings)
        try:
            self._client: Any = boto3.client("s3", config=_CONFIG)
        except BotoCoreError as error:
            raise fault_of(error, self.uri) from error

    def listing(self) -> Iterator[Item]:
        """Give the objects, a page of a thousand at a time; a listing that breaks off raises."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        try:
            for page in pages:
                for found in page.get("Contents", ()):
                    name: str = found["Key"]
                    if not name.endswith("/") and self._patterns.take(name[len(self._prefix) :]):
                        yield Item(
                            key=item_key(f"{_SCHEME}{self._bucket}/{name}"),
                            path=name,
                            tag=f"{found['ETag'].strip(chr(34))}-{found['Size']}",
                            size=found["Size"],
                        )
        except (ClientError, BotoCoreError) as error:
            raise fault_of(error, self.uri) from error

    def open(self, item: Item) -> BinaryIO:
        """Open an object as a stream; a `DocumentFault` where it is gone, archived or may not be read."""
        reader = ObjectReader(self._client, self._bucket, item.path, self.uri)
        return cast("BinaryIO", io.BufferedReader(reader, _BUFFER))
