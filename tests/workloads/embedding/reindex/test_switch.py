"""Going back, and cleaning up: killed at any call, and never at the cost of what readers are served from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.ingest.runs import seen
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.reindex.drill import Drill
from workloads.embedding.ingest.lease import lease
from workloads.embedding.records import CollectionSpec, collection_name
from workloads.embedding.reindex.cleanup import clean
from workloads.embedding.reindex.switch import collections_of, previous_alias, roll_back
from workloads.faults import InputError

WEEK = timedelta(days=7)


def later(**ahead: float) -> datetime:
    return datetime.now(UTC) + timedelta(**ahead)


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    drill = Drill(tmp_path, MemoryStore())
    drill.reindex().carry_out()
    return drill


def test_a_rollback_serves_the_former_collection_and_can_be_taken_back(drill: Drill) -> None:
    new = drill.store.alias("docs")
    back = roll_back(drill.store, drill.records, "docs")
    assert (back.live.name, back.retired) == (drill.live, new)
    assert drill.store.alias("docs") == drill.live
    assert seen(drill.store) == drill.old

    roll_back(drill.store, drill.records, "docs")
    assert drill.store.alias("docs") == new


def test_a_rollback_killed_at_any_call_leaves_one_whole_index_live(drill: Drill) -> None:
    new = drill.store.alias("docs") or ""
    whole = FaultyStore(drill.store)
    roll_back(whole, drill.records, "docs")
    for at in range(len(whole.calls)):
        for when in ("before", "after"):
            drill.store.point_alias("docs", new)
            drill.store.point_alias(previous_alias("docs"), drill.live)
            with pytest.raises(Killed):
                roll_back(FaultyStore(drill.store, at, when=when), drill.records, "docs")
            assert drill.store.alias("docs") in (new, drill.live)
            assert seen(drill.store) == drill.old
            drill.reindex().carry_out()
            assert drill.store.alias("docs") == new, "a re-index finds the way forward from anywhere"


def test_without_a_former_collection_there_is_no_way_back(tmp_path: Path) -> None:
    drill = Drill(tmp_path, MemoryStore())
    with pytest.raises(InputError, match="no collection is kept from before"):
        roll_back(drill.store, drill.records, "docs")


def test_what_has_been_out_of_use_for_long_enough_is_deleted_and_nothing_else(drill: Drill) -> None:
    live = drill.store.alias("docs") or ""
    young = clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=6))
    assert [one.collection for one in young if one.gone] == []
    rehearsed = clean(drill.store, drill.records, "docs", WEEK, dry_run=True, now=lambda: later(days=8))
    assert [one.collection for one in rehearsed if one.gone] == [drill.live]
    assert drill.store.names() == sorted([drill.live, live])

    clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=8))
    assert drill.store.names() == [live]
    assert drill.store.alias(previous_alias("docs")) is None
    assert drill.records.read(drill.live) is None
    assert seen(drill.store) == drill.old


def test_a_cleaning_killed_at_any_call_is_done_by_the_next(drill: Drill) -> None:
    live = drill.store.alias("docs") or ""
    calls = FaultyStore(drill.store)
    clean(calls, drill.records, "docs", WEEK, dry_run=True, now=lambda: later(days=8))
    for at in range(len(calls.calls) + 3):
        with pytest.raises(Killed):
            clean(FaultyStore(drill.store, at), drill.records, "docs", WEEK, now=lambda: later(days=8))
        assert seen(drill.store, live) == drill.old
    clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=8))
    assert drill.store.names() == [live]


def test_a_clock_that_jumps_deletes_nothing(drill: Drill) -> None:
    found = clean(drill.store, drill.records, "docs", timedelta(0), now=lambda: later(days=-400))

    assert [one.reason for one in found if one.collection == drill.live] == [
        "its record is of the future: the clock has jumped"
    ]
    assert len(drill.store.names()) == 2


def test_the_live_one_stays_whatever_its_record_says(drill: Drill) -> None:
    live = drill.store.alias("docs") or ""
    drill.records.write(live, "retired")  # as a switch that was cut short leaves it
    found = clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=900))
    assert (live, False, "live") in [(one.collection, one.gone, one.reason) for one in found]
    assert seen(drill.store) == drill.old


def test_what_a_run_writes_to_stays(drill: Drill) -> None:
    with lease(drill.archive, drill.live):
        found = clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=8))
    assert ("a run is writing to it", False) in [(one.reason, one.gone) for one in found]
    assert drill.live in drill.store.names()
    assert drill.store.alias(previous_alias("docs")) == drill.live, "the way back stays too"


def test_what_was_live_until_somebody_changed_the_alias_stays(drill: Drill) -> None:
    replaced = drill.store.alias("docs") or ""
    drill.store.point_alias("docs", drill.live)  # without a record, as by hand
    clean(drill.store, drill.records, "docs", WEEK, now=lambda: later(days=900))
    assert replaced in drill.store.names()


def test_what_nothing_is_known_of_goes_by_name_only(drill: Drill) -> None:
    unknown = collection_name("docs", "other", "1", "blocks-1")
    drill.store.create(CollectionSpec(unknown, 4, "cosine", "other", "1", "blocks-1"))
    clean(drill.store, drill.records, "docs", timedelta(0), now=lambda: later(days=900))
    assert unknown in drill.store.names()

    clean(drill.store, drill.records, "docs", WEEK, named=[unknown])
    assert unknown not in drill.store.names()


def test_the_live_collection_and_other_indexes_cannot_be_named(drill: Drill) -> None:
    other = collection_name("docs_x", "hash", "1", "blocks-1")
    drill.store.create(CollectionSpec(other, 4, "cosine", "hash", "1", "blocks-1"))
    for name, why in ((drill.store.alias("docs") or "", "is live"), (other, "is not one of the index")):
        with pytest.raises(InputError, match=why):
            clean(drill.store, drill.records, "docs", WEEK, named=[name])
    assert other not in collections_of(drill.store, "docs")
    assert other in drill.store.names()
