"""Which collection readers are served from, which was before it, and how they change places.

Both stand in the store, as aliases. The order of writes makes every kill harmless: readers change collections by one
atomic write, which comes last.
"""

from __future__ import annotations

from dataclasses import dataclass

from workloads.embedding.records import CollectionSpec, collection_name
from workloads.embedding.reindex.record import Record, Records
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError


def previous_alias(index: str) -> str:
    """Return the alias of the collection that was live before: longer than the name of any index."""
    return f"{index}_previous_version"


def cut_over(store: VectorStore, records: Records, index: str, shadow: str, record: Record) -> None:
    """Serve readers from the shadow from now on, and remember the collection that they were served from.

    May be run again after it was cut short; where the shadow is live already only its record is completed.
    """
    live = store.alias(index)
    if live is not None and live != shadow:
        records.write(live, "retired")
    records.write(shadow, "live", instead_of=record.instead_of, comparison=record.comparison)
    if live == shadow:
        return
    if live is not None and store.spec(live) is not None:  # after a disaster, what a backup replaces is gone
        store.point_alias(previous_alias(index), live)
    store.point_alias(index, shadow)


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did."""

    live: CollectionSpec
    """What readers are served from now"""
    retired: str
    """What they were served from; `rollback` again goes back to it"""


def roll_back(store: VectorStore, records: Records, index: str) -> RolledBack:
    """Serve readers from the collection that was live before; what was live takes its place.

    It is as it was when it was retired: what the source has changed since is not in it. Raises `InputError` where
    there is none. Cut short before the last write, readers are served from the former collection, and the one after it
    is found again by `reindex run`.
    """
    live, before = store.alias(index), store.alias(previous_alias(index))
    spec = None if before is None else store.spec(before)
    if live is None or before is None or spec is None:
        raise InputError(f"index {index!r}: no collection is kept from before the live one ({live or 'none'})")
    if before == live:
        raise InputError(f"index {index!r}: {live} is live again already")
    records.write(live, "retired")
    records.write(before, "live", instead_of=live)
    store.point_alias(index, before)
    store.point_alias(previous_alias(index), live)
    return RolledBack(spec, live)


def collections_of(store: VectorStore, index: str) -> list[str]:
    """Return the names of an index's collections: those that it, with what they were made of, gives the name of.

    The start of a name is not enough: `docs_x_...` may be of the index `docs` or of `docs_x`.
    """
    found: list[str] = []
    for name in store.names():
        spec = store.spec(name)
        if spec is not None and name == collection_name(index, spec.model, spec.revision, spec.chunker):
            found.append(name)
    return found
