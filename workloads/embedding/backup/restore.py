"""Put a backup back: into its own collection, or beside the live one to see that it can be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from workloads.archive import Archive
from workloads.embedding.backup.record import Backup, BackupError, is_of_head, point_of, read_part
from workloads.embedding.records import Head, Hit, Point
from workloads.embedding.slices import slices
from workloads.embedding.stores.exact import scores
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_count, visible_search
from workloads.faults import InputError

_BATCH: Final = 500
_ASKED: Final = 20
"""Chunks that a drill looks for."""
_COMPARED: Final = 5
"""Hits that it compares."""
_NEAR: Final = 1e-4
"""Scores that differ by less are equal."""
_ROUNDED: Final = 1e-2
"""As above where one is reckoned here: an engine may keep fewer bits, or reckon distances from products."""


@dataclass(frozen=True)
class Drilled:
    """What a drill saw."""

    backup: str
    chunks: int
    asked: int
    """Chunks that were looked for in the restored collection by their own vectors."""
    found: int
    """Of those, how many were the nearest to themselves."""
    same_as_live: int | None
    """Answers that were the live collection's too; None where there is nothing to compare with."""
    compared: int

    @property
    def passed(self) -> bool:
        """Whether the restored collection answers as the backup says it should."""
        return self.found == self.asked and self.asked > 0


def restore_backup(
    store: VectorStore,
    archive: Archive,
    backup: Backup,
    into: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> str:
    """Write a backup into a collection of its own name, or of another, and return the name.

    Readers see nothing of it until an alias names it, and of each document nothing before all chunks are there. May be
    run again after it was cut short. Raises `InputError` where the collection holds documents already, and
    `BackupError` where the backup is not what was written.
    """
    spec = replace(backup.collection, name=into or backup.collection.name)
    heads = {head.document: head for head in _heads(archive, backup)}
    standing = store.heads(spec.name) if store.spec(spec.name) is not None else iter(())
    if any(heads.get(head.document) != head for head in standing):
        raise InputError(f"collection {spec.name}: holds other documents; allowed: an empty one, or another name")
    store.create(spec)
    # What is of another version was published anew while the backup was taken.
    for batch in slices((point for point in _points(archive, backup) if is_of_head(point, heads)), _BATCH):
        store.upsert(spec.name, batch)
        progress(len(batch))
    stands = store.count(spec.name)
    if stands != backup.chunks:
        raise BackupError(f"backup {backup.id}: {stands} chunks came back, {backup.chunks} were there")
    for some in slices(heads.values(), _BATCH):
        store.put_heads(spec.name, some)
    return spec.name


def drill_restore(
    store: VectorStore, archive: Archive, backup: Backup, progress: Callable[[int], None] = lambda _: None
) -> Drilled:
    """Restore a backup beside the live collection, ask it, and remove it again.

    Each of some chunks, spread over the backup, must be there as it was, and the nearest to its own vector. Where there
    is a live collection, its answer is compared too; the two differ rightly where documents changed since.
    """
    # One name per backup, so that what an interrupted drill left is taken away by the next.
    name = f"drill_{hashlib.sha256(backup.id.encode()).hexdigest()[:12]}"
    store.drop(name)
    try:
        restore_backup(store, archive, backup, name, progress)
        if visible_count(store, name) != backup.chunks:
            raise BackupError(
                f"backup {backup.id}: readers find {visible_count(store, name)} chunks of {backup.chunks}"
            )
        return _asked(store, archive, backup, name)
    finally:
        store.drop(name)


def _asked(store: VectorStore, archive: Archive, backup: Backup, name: str) -> Drilled:
    live = store.alias(backup.index)
    found = asked = compared = same = 0
    every = max(1, backup.chunks // _ASKED)
    for number, point in enumerate(_points(archive, backup)):
        if number % every or asked == _ASKED:
            continue
        if not any(head.version == point.version for head in store.heads(name, [point.document])):
            continue
        asked += 1
        own = {"document": point.document, "ordinal": point.ordinal}
        right = float(scores(point.vector, point.vector[np.newaxis], backup.collection.metric)[0])
        there = visible_search(store, name, point.vector, 1, own)
        itself = next((hit for hit in there if _is(point, hit) and abs(hit.score - right) <= _ROUNDED), None)
        hits = visible_search(store, name, point.vector, _COMPARED)
        if not _is_best(itself, hits):
            # Only then every point is looked at: some engines read all of them for that.
            hits = visible_search(store, name, point.vector, _COMPARED, exact=True)
        found += _is_best(itself, hits)
        if live is not None and store.spec(live) is not None:
            compared += 1
            same += {hit.id for hit in visible_search(store, live, point.vector, _COMPARED)} == {hit.id for hit in hits}
    return Drilled(backup.id, backup.chunks, asked, found, same if compared else None, compared)


def _is(point: Point, hit: Hit) -> bool:
    fields = ("id", "text", "heading", "metadata")
    return all(getattr(point, field) == getattr(hit, field) for field in fields)


def _is_best(itself: Hit | None, hits: Sequence[Hit]) -> bool:
    """Whether a chunk is found and nothing is nearer; there may be any number of others with the same text."""
    if itself is None or not hits:
        return False
    return hits[0].id == itself.id or abs(hits[0].score - itself.score) <= _NEAR


def _points(archive: Archive, backup: Backup) -> Iterator[Point]:
    return (point_of(row) for part in backup.points for row in read_part(archive, part))


def _heads(archive: Archive, backup: Backup) -> Iterator[Head]:
    return (Head(**row) for part in backup.heads for row in read_part(archive, part))
