"""A whole run on an in-memory store: what readers see, what was read and embedded, what the manifest says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tenacity import wait_none

from tests.workloads.embedding.faulty_store import FaultyStore
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import rows, run, seen, text
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.archive import FolderArchive
from workloads.embedding.embedders.embedder import RefusedWindowsError, Window
from workloads.embedding.faults import (
    DimensionError,
    EmbedderError,
    MetricError,
    RefusedPointsError,
    StoreUnavailableError,
)
from workloads.embedding.ingest.manifest import Entry, entries, summaries
from workloads.embedding.ingest.pipeline import PATIENCE
from workloads.embedding.ingest.run import DeletionError
from workloads.embedding.ingest.stopping import Interrupted
from workloads.embedding.records import Point, Vector
from workloads.embedding.sources.source import Item
from workloads.faults import AccessError, InputError


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def source() -> MemorySource:
    return MemorySource({"a.txt": text("a"), "b.txt": text("b", 60), "faq.jsonl": rows(["x", "y", "z"])})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PATIENCE, "wait", wait_none())


def fates(folder: Path, run_name: str) -> dict[str, tuple[str, str]]:
    return {entry.document: (entry.fate, entry.reason) for entry in entries(FolderArchive(folder), "docs", run_name)}


def test_first_run_publishes_everything_and_sets_the_alias(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    first = run(tmp_path, store, source)
    summary = first.carry_out()
    assert summary.outcome == "complete"
    assert summary.exit_status == 0
    assert summary.counts == {"done": 5}
    found = seen(store)
    assert set(found) == {"a.txt", "b.txt", "faq.jsonl#x", "faq.jsonl#y", "faq.jsonl#z"}
    assert "of a is about" in found["a.txt"][0]
    assert summary.visible_chunks == sum(map(len, found.values())) == store.count("docs") == summary.chunks
    assert store.alias("docs") == first.collection == summary.collection
    assert fates(tmp_path, summary.run)["faq.jsonl#y"] == ("done", "")


def test_same_input_again_reads_and_writes_nothing(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    run(tmp_path, store, source).carry_out()
    source.opened.clear()
    faulty, embedder = FaultyStore(store), HashEmbedder()
    summary = run(tmp_path, faulty, source, embedder=embedder).carry_out()
    assert summary.counts == {"unchanged": 3}
    assert source.opened == []
    assert embedder.embedded == 0
    assert not {"upsert", "delete", "put_heads", "delete_heads"} & set(faulty.calls)


def test_only_what_changed_is_embedded(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    run(tmp_path, store, source).carry_out()
    source.files["faq.jsonl"] = rows(["x", "y2", "z", "w"])
    source.files["a.txt"] = text("other")
    source.opened.clear()
    embedder = HashEmbedder()
    summary = run(tmp_path, store, source, embedder=embedder).carry_out()
    assert summary.counts == {"done": 3, "unchanged": 3, "removed": 1}
    assert sorted(source.opened) == ["a.txt", "faq.jsonl"]
    found = seen(store)
    assert set(found) == {"a.txt", "b.txt", "faq.jsonl#x", "faq.jsonl#y2", "faq.jsonl#z", "faq.jsonl#w"}
    assert embedder.embedded == summary.chunks == len(found["a.txt"]) + 2
    assert "of other is" in found["a.txt"][0]
    assert store.count("docs") == summary.visible_chunks


def test_a_document_that_the_store_never_takes_fails_alone(source: MemorySource, tmp_path: Path) -> None:
    """Of a document that stood before, readers go on seeing the version that was taken."""

    class Narrow(MemoryStore):
        def upsert(self, name: str, points: Sequence[Point]) -> None:
            if large := [point for point in points if "of huge is" in point.text]:
                raise RefusedPointsError({large[-1].id: "is too large"})
            super().upsert(name, points)

    store = Narrow()
    run(tmp_path, store, source).carry_out()
    before = seen(store)["b.txt"]
    source.files |= {"a.txt": text("other"), "b.txt": text("huge")}
    for _ in range(2):
        summary = run(tmp_path, store, source).carry_out()
        assert (summary.outcome, summary.exit_status, summary.counts["failed"]) == ("incomplete", 5, 1)
        fate, reason = fates(tmp_path, summary.run)["b.txt"]
        assert fate == "failed"
        assert re.fullmatch(r"chunk \d+: is too large", reason)
        assert seen(store)["b.txt"] == before
        assert "of other is" in seen(store)["a.txt"][0]
        assert store.count("docs") == summary.visible_chunks


def test_same_text_under_another_tag_is_not_embedded_again(store: MemoryStore, tmp_path: Path) -> None:
    class Touched(MemorySource):
        touched = ""

        def listing(self) -> Iterator[Item]:
            return (replace(item, tag=item.tag + self.touched) for item in super().listing())

    source = Touched({"a.txt": text("a"), "faq.jsonl": rows(["x", "y"])})
    run(tmp_path, store, source).carry_out()
    source.touched = "later"
    embedder = HashEmbedder()
    assert run(tmp_path, store, source, embedder=embedder).carry_out().counts == {"unchanged": 3}
    assert embedder.embedded == 0
    source.opened.clear()
    run(tmp_path, store, source).carry_out()
    assert source.opened == []


def test_vanished_documents_are_removed(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    run(tmp_path, store, source).carry_out()
    del source.files["a.txt"], source.files["faq.jsonl"]
    with pytest.raises(DeletionError, match=r"4 of 5 documents are no longer in memory: .*--allow-deletions"):
        run(tmp_path, store, source).carry_out()
    assert len(seen(store)) == 5
    summary = run(tmp_path, store, source, allow_deletions=True).carry_out()
    assert summary.counts == {"unchanged": 1, "removed": 4}
    assert set(seen(store)) == {"b.txt"}
    assert fates(tmp_path, summary.run)["faq.jsonl#x"] == ("removed", "")


def test_a_document_that_breaks_keeps_its_last_good_version(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    source.files["c.txt"] = text("c")
    run(tmp_path, store, source).carry_out()
    before = seen(store)
    source.files["c.txt"] = b"\x00\x01\x02\xff\xfe" * 50
    for _ in range(2):  # it fails each time, and the run says so each time
        summary = run(tmp_path, store, source).carry_out()
        assert (summary.outcome, summary.exit_status) == ("incomplete", 5)
        fate, reason = fates(tmp_path, summary.run)["c.txt"]
        assert fate == "failed"
        assert reason
    assert seen(store) == before


def test_a_skipped_document_leaves_the_index(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    run(tmp_path, store, source).carry_out()
    source.files["a.txt"] = b""
    summary = run(tmp_path, store, source).carry_out()
    assert summary.exit_status == 0
    assert fates(tmp_path, summary.run)["a.txt"][0] == "removed"
    assert summary.counts == {"skipped": 1, "unchanged": 2, "removed": 1}
    assert "a.txt" not in seen(store)


def test_a_bad_row_fails_alone_and_is_told_each_time(store: MemoryStore, tmp_path: Path) -> None:
    source = MemorySource({"faq.jsonl": rows(["x"]) + b"{broken\n" + rows(["y"])})
    for _ in range(2):
        summary = run(tmp_path, store, source).carry_out()
        assert summary.counts["failed"] == 1
        assert summary.exit_status == 5
    assert set(seen(store)) == {"faq.jsonl#x", "faq.jsonl#y"}
    source.files["faq.jsonl"] = rows(["x", "y"])
    assert run(tmp_path, store, source).carry_out().exit_status == 0


class Picky(HashEmbedder):
    """Refuses windows that hold a word; another word gives a vector of no numbers."""

    def embed(self, windows: Sequence[Window]) -> Vector:
        vectors = super().embed(windows)
        for position, window in enumerate(windows):
            if "cursed" in window.text:
                vectors[position] = np.nan
        reasons = {position: "400: no" for position, window in enumerate(windows) if "poison" in window.text}
        if reasons:
            raise RefusedWindowsError(reasons, vectors)
        return vectors


def test_a_document_that_the_model_refuses_fails_alone(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    source.files["p.txt"] = text("p") + b" This is poison to the model."
    source.files["q.txt"] = text("q") + b" This text is cursed."
    for _ in range(2):
        summary = run(tmp_path, store, source, embedder=Picky()).carry_out()
        assert summary.exit_status == 5
        told = fates(tmp_path, summary.run)
        assert told["p.txt"][0] == told["q.txt"][0] == "failed"
        assert "400: no" in told["p.txt"][1]
        assert len(seen(store)) == 5
        assert store.count("docs") == summary.visible_chunks
    source.files["p.txt"] = text("p")
    source.files["q.txt"] = text("q")
    assert run(tmp_path, store, source, embedder=Picky()).carry_out().exit_status == 0
    assert len(seen(store)) == 7


def test_a_first_run_does_not_take_readers_from_one_that_was_quicker(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    quicker: list[str] = []

    def other_first(_: Entry) -> None:
        if not quicker:
            other = run(tmp_path, store, source, embedder=HashEmbedder("other"))
            quicker.append(other.collection)
            other.carry_out()

    with pytest.raises(InputError, match="reindex"):
        run(tmp_path, store, source, watch=[other_first]).carry_out()
    assert store.alias("docs") == quicker[0]


def test_another_model_is_refused_and_a_shadow_leaves_the_alias(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    first = run(tmp_path, store, source)
    first.carry_out()
    other = HashEmbedder("other")
    with pytest.raises(InputError, match="reindex"):
        run(tmp_path, store, source, embedder=other).carry_out()
    assert store.names() == [first.collection]
    shadow = run(tmp_path, store, source, embedder=other, shadow=True)
    assert shadow.carry_out().counts == {"done": 5}
    assert store.alias("docs") == first.collection
    assert seen(store, shadow.collection) == seen(store)


def test_a_collection_of_another_metric_is_left_alone(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    run(tmp_path, store, source).carry_out()
    before = seen(store)
    with pytest.raises(MetricError):
        run(tmp_path, store, source, changes={"store": {"metric": "dot"}}).carry_out()
    assert seen(store) == before


def test_a_model_with_other_vectors_under_the_same_name_is_refused(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    run(tmp_path, store, source).carry_out()
    with pytest.raises(DimensionError):
        run(tmp_path, store, source, embedder=HashEmbedder(dimension=16)).carry_out()
    *_, last = summaries(FolderArchive(tmp_path), "docs")
    assert (last.outcome, last.exit_status) == ("failed", 2)


def test_an_embedder_of_wrong_vectors_publishes_nothing(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    class Short(HashEmbedder):
        def embed(self, windows: Sequence[Window]) -> Vector:
            return super().embed(windows)[:, :5]

    with pytest.raises(DimensionError, match="vectors"):
        run(tmp_path, store, source, embedder=Short()).carry_out()
    assert seen(store, "docs_hash_1_b0c02834") == {}


@pytest.mark.parametrize("fault", [EmbedderError("down"), AccessError("the key has expired")])
def test_a_model_that_goes_away_ends_the_run_and_says_which_documents_it_cost(
    store: MemoryStore, source: MemorySource, tmp_path: Path, fault: EmbedderError | AccessError
) -> None:
    class Dying(HashEmbedder):
        def embed(self, windows: Sequence[Window]) -> Vector:
            raise fault if windows else AssertionError

    with pytest.raises(type(fault)):
        run(tmp_path, store, source, embedder=Dying()).carry_out()
    (summary,) = summaries(FolderArchive(tmp_path), "docs")
    assert (summary.outcome, summary.exit_status, summary.error) == ("failed", fault.exit_status, str(fault))
    assert fates(tmp_path, summary.run)["a.txt"] == ("failed", str(fault))
    assert summary.counts == {"failed": 5}
    assert store.alias("docs") is None
    assert run(tmp_path, store, source).carry_out().counts == {"done": 5}


def test_a_store_that_is_away_for_a_moment_is_waited_for(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    faulty = FaultyStore(store)
    run(tmp_path, faulty, source).carry_out()
    again = MemoryStore()
    flaky = FaultyStore(again, faulty.calls.index("upsert"), fault=lambda: StoreUnavailableError("restarting"))
    assert run(tmp_path / "again", flaky, source).carry_out().outcome == "complete"
    assert seen(again) == seen(store)


def test_a_store_that_stays_away_fails_what_was_on_its_way(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    faulty = FaultyStore(store)
    run(tmp_path, faulty, source).carry_out()
    again = MemoryStore()
    full = FaultyStore(
        again,
        faulty.calls.index("upsert"),
        fault=lambda: StoreUnavailableError("no space left on device"),
        forever=True,
    )
    with pytest.raises(StoreUnavailableError):
        run(tmp_path / "again", full, source).carry_out()
    (summary,) = summaries(FolderArchive(tmp_path / "again"), "docs")
    assert (summary.outcome, summary.exit_status) == ("failed", 3)
    assert fates(tmp_path / "again", summary.run)["b.txt"] == ("failed", "no space left on device")
    assert run(tmp_path / "again", again, source).carry_out().outcome == "complete"
    assert seen(again) == seen(store)


def test_an_interruption_ends_the_run_with_a_manifest(store: MemoryStore, source: MemorySource, tmp_path: Path) -> None:
    source.files |= {f"more-{number}.txt": text(str(number), 300) for number in range(20)}

    def stop(entry: Entry) -> None:
        if entry.fate == "done":
            raise Interrupted(15)

    with pytest.raises(Interrupted):
        run(tmp_path, store, source, watch=[stop]).carry_out()
    (summary,) = summaries(FolderArchive(tmp_path), "docs")
    assert (summary.outcome, summary.exit_status, summary.error) == ("interrupted", 143, "SIGTERM")
    assert store.alias("docs") is None
    assert run(tmp_path, store, source).carry_out().outcome == "complete"
    assert len(seen(store)) == 25


def test_a_clock_that_jumps_changes_nothing(
    store: MemoryStore, source: MemorySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Jumping:
        """Every look at the clock is a day before the last one."""

        days = 400

        @classmethod
        def now(cls, zone: object) -> object:
            assert zone is UTC
            cls.days -= 1
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=cls.days)

    monkeypatch.setattr("workloads.embedding.ingest.run.datetime", Jumping)
    first = run(tmp_path, store, source).carry_out()
    assert first.seconds >= 0
    assert run(tmp_path, store, source).carry_out().counts == {"unchanged": 3}
    source.files["a.txt"] = text("newer")
    assert run(tmp_path, store, source).carry_out().counts == {"done": 1, "unchanged": 2}
    assert "of newer is" in seen(store)["a.txt"][0]


def test_windows_longer_than_the_model_reads_are_refused_before_anything_is_done(
    store: MemoryStore, source: MemorySource, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="reads 32 tokens"):
        run(tmp_path, store, source, embedder=HashEmbedder(reads=32), changes={"chunking": {"long_windows": "refuse"}})
    assert store.names() == []
