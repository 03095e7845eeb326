"""Take a backup of the live collection while it is being written to, and remove old ones."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from workloads.archive import Archive
from workloads.embedding.backup.record import (
    LINES,
    RECORD_NAME,
    Backup,
    BackupError,
    Part,
    backups,
    folder,
    head_line,
    is_of_head,
    point_line,
    write_part,
)
from workloads.embedding.records import Point
from workloads.embedding.slices import slices
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError

_ROUNDS: Final = 5
"""Readings of documents that were published anew while the backup was taken."""
_AT_ONCE: Final = 200
"""Documents of one filter."""


def take_backup(
    store: VectorStore, archive: Archive, index: str, progress: Callable[[int], None] = lambda _: None
) -> Backup:
    """Write every chunk that readers find, with its vector; memory grows with the documents, not with the chunks.

    Each document is in the backup as a whole, in one version: one that was published anew meanwhile is read again.
    `progress` is told the chunks of each part. Raises `InputError` where the index has no live collection, and
    `BackupError` where documents change faster than they can be read.
    """
    name = store.alias(index)
    spec = store.spec(name) if name is not None else None
    if name is None or spec is None:
        raise InputError(f"index {index!r}: has no live collection: nothing was embedded yet")
    backup = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    place = folder(index, backup)
    heads = {head.document: head for head in store.heads(name)}
    written: Counter[tuple[str, str]] = Counter()
    parts: list[Part] = []

    def keep(points: Iterable[Point]) -> None:
        of_heads = (point for point in points if is_of_head(point, heads))
        for some in slices(of_heads, LINES):
            parts.append(write_part(archive, f"{place}points-{len(parts):05}.jsonl.gz", map(point_line, some)))
            written.update((point.document, point.version) for point in some)
            progress(len(some))

    keep(store.export(name))
    short: list[str] = []
    for _ in range(_ROUNDS):
        short = [head.document for head in heads.values() if written[head.document, head.version] != head.chunks]
        if not short:
            break
        for documents in slices(short, _AT_ONCE):
            for document in documents:
                del heads[document]
            now = {head.document: head for head in store.heads(name, documents)}
            heads |= now
            for document, head in now.items():
                written[document, head.version] = 0
            keep(store.export(name, {"document": sorted(now)}))
    else:
        raise BackupError(f"{name}: {len(short)} documents are incomplete, such as {short[0]}: run the ingest first")
    listed = sorted(heads.values(), key=lambda head: head.document)
    record = Backup(
        id=backup,
        index=index,
        collection=spec,
        engine=store.engine,
        documents=len(listed),
        chunks=sum(head.chunks for head in listed),
        points=tuple(parts),
        heads=tuple(
            write_part(archive, f"{place}heads-{number:05}.jsonl.gz", map(head_line, some))
            for number, some in enumerate(slices(listed, LINES))
        ),
    )
    archive.write(f"{place}{RECORD_NAME}", record.model_dump_json(indent=2).encode())
    return record


def prune_backups(archive: Archive, index: str, keep: int) -> list[str]:
    """Remove all but the newest backups, and what was cut off before the oldest that stays; return their ids."""
    if keep < 1:
        raise InputError(f"keep {keep}: allowed: 1 or more")
    kept = [backup.id for backup in backups(archive, index)][-keep:]
    if not kept:
        return []
    place = folder(index)
    gone = sorted({name.removeprefix(place).partition("/")[0] for name in archive.names(place)})
    gone = [backup for backup in gone if backup < kept[0]]
    for backup in gone:
        names = list(archive.names(f"{place}{backup}/"))
        # The record first: what is half removed is no backup any more.
        for name in sorted(names, key=lambda name: not name.endswith(RECORD_NAME)):
            archive.delete(name)
    return gone
