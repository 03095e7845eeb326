"""What a backup is made of: parts of compressed JSON lines, then a record of them, whose presence makes it whole.

Layout in the archive: `backups/<index>/<id>/points-00000.jsonl.gz`, `heads-00000.jsonl.gz`, and `backup.json` last.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.archive import Archive
from workloads.embedding.records import CollectionSpec, Head, Point
from workloads.faults import InputError, ProgramError

RECORD_NAME: Final = "backup.json"
LINES: Final = 2000
"""Of a part: with 1,024 dimensions about 12 MiB before compression."""


class BackupError(ProgramError):
    """A backup is broken, or could not be taken whole."""


class Part(BaseModel):
    """A file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    lines: int
    sha256: str


class Backup(BaseModel):
    """The record of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """UTC time of its beginning and a random end, so that ids sort by time."""
    index: str
    collection: CollectionSpec
    engine: str
    documents: int
    chunks: int
    """That readers could find."""
    points: tuple[Part, ...]
    heads: tuple[Part, ...]

    @property
    def bytes_in_memory(self) -> int:
        """Bytes of the vectors alone, as float32."""
        return self.chunks * self.collection.dimension * 4


def folder(index: str, backup: str = "") -> str:
    """Return where backups of an index are, or one of them."""
    return f"backups/{index}/{backup}/" if backup else f"backups/{index}/"


def backups(archive: Archive, index: str) -> list[Backup]:
    """Return the whole backups of an index, the oldest first; one without its record was cut off, and is no backup."""
    names = [name for name in archive.names(folder(index)) if name.endswith(f"/{RECORD_NAME}")]
    return [_read_record(archive, name) for name in sorted(names)]


def find_backup(archive: Archive, index: str, backup: str | None) -> Backup:
    """Return a backup by its id, the newest without one; `InputError` where there is none."""
    there = backups(archive, index)
    if not there:
        raise InputError(f"{archive.uri}: there is no backup of {index}")
    if backup is None:
        return there[-1]
    for each in there:
        if each.id == backup:
            return each
    raise InputError(f"backup {backup!r}: allowed: {', '.join(each.id for each in there)}")


def _read_record(archive: Archive, name: str) -> Backup:
    try:
        return Backup.model_validate_json(archive.read(name) or b"")
    except ValidationError as error:
        raise BackupError(f"{archive.uri}/{name}: is no record of a backup: {error}") from error


def write_part(archive: Archive, name: str, lines: Iterable[str]) -> Part:
    """Write a part; the same lines give the same bytes."""
    rows = list(lines)
    content = gzip.compress("".join(f"{row}\n" for row in rows).encode(), mtime=0)
    archive.write(name, content)
    return Part(name=name, lines=len(rows), sha256=hashlib.sha256(content).hexdigest())


def read_part(archive: Archive, part: Part) -> Iterator[dict[str, Any]]:
    """Give the rows of a part; `BackupError` before the first where it is not what was written."""
    content = archive.read(part.name)
    if content is None:
        raise BackupError(f"{archive.uri}/{part.name}: is gone")
    seen = hashlib.sha256(content).hexdigest()
    if seen != part.sha256:
        raise BackupError(f"{archive.uri}/{part.name}: SHA-256 is {seen}, was {part.sha256} when it was written")
    return (json.loads(line) for line in gzip.decompress(content).decode().splitlines())


def point_line(point: Point) -> str:
    """Return a point as a line."""
    vector = base64.b64encode(np.ascontiguousarray(point.vector, dtype="<f4").tobytes()).decode()
    row = {
        "id": point.id,
        "vector": vector,
        "document": point.document,
        "version": point.version,
        "ordinal": point.ordinal,
        "text": point.text,
        "heading": point.heading,
        "metadata": dict(point.metadata),
    }
    return json.dumps(row, ensure_ascii=True, sort_keys=True)


def point_of(row: dict[str, Any]) -> Point:
    """Return the point of a line."""
    vector = np.frombuffer(base64.b64decode(row["vector"]), dtype="<f4").astype(np.float32)
    fields: dict[str, Any] = {**row, "vector": vector}
    return Point(**fields)


def head_line(head: Head) -> str:
    """Return a head as a line."""
    return json.dumps(asdict(head), ensure_ascii=True, sort_keys=True)


def is_of_head(point: Point, heads: Mapping[str, Head]) -> bool:
    """Whether a point is of the version that its document's head names."""
    head = heads.get(point.document)
    return head is not None and head.version == point.version
