"""Deletes collections that no reader is served from any more, when they have been out of use for long enough."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workloads.embedding.ingest.lease import BusyError, lease
from workloads.embedding.reindex.record import Records
from workloads.embedding.reindex.switch import collections_of, previous_alias
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError


@dataclass(frozen=True, slots=True)
class Kept:
    """A collection that stays, or would go."""

    collection: str
    gone: bool
    reason: str


def clean(
    store: VectorStore,
    records: Records,
    index: str,
    older_than: timedelta,
    *,
    named: Collection[str] = (),
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Kept]:
    """Delete the index's collections that have been out of use for longer, and return what became of each.

    The live one stays whatever is asked for, as does one that a run is writing to. One that nothing is known of stays
    unless it is `named`, as do one whose record says that it is live (something else has changed the alias since) and
    one whose record is of the future: a clock has jumped. Raises `InputError` where a name is none of the index's
    collections, or is that of the live one.
    """
    live, collections = store.alias(index), collections_of(store, index)
    if live is None:
        raise InputError(f"index {index!r}: there is no such index")
    for name in named:
        if name == live or name not in collections:
            why = "is live" if name == live else "is not one of the index"
            raise InputError(f"--collection {name}: {why}; there are {', '.join(collections)}")
    found: list[Kept] = []
    for name in collections:
        if name == live:
            found.append(Kept(name, gone=False, reason="live"))
            continue
        age = _out_of_use_for(records, name, now())
        goes = name in named or (age is not None and age > older_than)
        if goes and not dry_run and not _drop(store, records, index, name):
            found.append(Kept(name, gone=False, reason="a run is writing to it"))
            continue
        found.append(Kept(name, goes, _reason(age, named=name in named)))
    return found


def _drop(store: VectorStore, records: Records, index: str, name: str) -> bool:
    try:
        with lease(records.archive, name):
            if store.alias(index) == name:
                return False  # it has become live in the meantime
            if store.alias(previous_alias(index)) == name:
                store.drop_alias(previous_alias(index))
            store.drop(name)
            records.forget(name)
    except BusyError:
        return False
    return True


def _out_of_use_for(records: Records, name: str, now: datetime) -> timedelta | None:
    record = records.read(name)
    return None if record is None or record.state == "live" else now - datetime.fromisoformat(record.since)


def _reason(age: timedelta | None, *, named: bool) -> str:
    if named:
        return "asked for by name"
    if age is None:
        return "not known since when it is out of use: name it with --collection to delete it"
    if age < timedelta(0):
        return "its record is of the future: the clock has jumped"
    return f"out of use for {age.days} days and {age.seconds // 3600} hours"
