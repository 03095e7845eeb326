"""The source that the settings name."""

from __future__ import annotations

from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.folder import FolderSource
from workloads.embedding.sources.source import Source
from workloads.faults import InputError


def open_source(settings: SourceSettings) -> Source:
    """Return the source; `InputError` where the uri is neither `s3://bucket/prefix/` nor a folder."""
    scheme, mark, _ = settings.uri.partition("://")
    if not mark:
        return FolderSource(settings)
    if scheme == "s3":
        from workloads.embedding.sources.s3 import S3Source  # noqa: PLC0415 - boto3 takes half a second

        return S3Source(settings)
    raise InputError(f"source.uri: {settings.uri}: allowed: s3://bucket/prefix/ or a folder")
