"""Readers see each document once and whole, whatever a writer is doing and wherever it was cut short."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector, chunk_id
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import (
    SeenHeads,
    publish,
    publish_many,
    remove,
    sweep,
    visible_count,
    visible_export,
    visible_search,
)

NAME = "docs_model_1_abcdef01"
SPEC = CollectionSpec(NAME, 8, "cosine", "model", "1", "chunker")
When = Literal["before", "after"]
QUERY: Vector = np.ones(8, dtype=np.float32)


def points(document: str, version: str, chunks: int) -> list[Point]:
    rng = np.random.default_rng(sum(f"{document}{version}".encode()))
    return [
        Point(
            id=chunk_id(document, version, ordinal),
            vector=rng.standard_normal(8).astype(np.float32),
            document=document,
            version=version,
            ordinal=ordinal,
            text=f"{document} {version} {ordinal} of {chunks}",
        )
        for ordinal in range(chunks)
    ]


def put(store: VectorStore, document: str, version: str, chunks: int) -> None:
    publish(store, NAME, Head(document, version, chunks), points(document, version, chunks))


def by_document(hits: Sequence[Hit]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for hit in sorted(hits, key=lambda hit: hit.ordinal):
        found.setdefault(hit.document, []).append(hit.text)
    return found


def whole(document: str, version: str, chunks: int) -> list[str]:
    return [point.text for point in points(document, version, chunks)]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.create(SPEC)
    return store


def test_publishing_replaces_the_version_before(store: MemoryStore) -> None:
    put(store, "a", "1", 3)
    put(store, "a", "2", 2)
    assert {point.version for point in store.export(NAME)} == {"2"}
    assert by_document(visible_search(store, NAME, QUERY, 10)) == {"a": whole("a", "2", 2)}
    assert visible_count(store, NAME) == 2


def test_documents_with_the_same_text_do_not_delete_each_others_points(store: MemoryStore) -> None:
    # Equal texts have equal versions: b leaves the version that a comes to, in one call.
    put(store, "a", "1", 2)
    put(store, "b", "2", 2)
    heads = [Head("a", "2", 2), Head("b", "3", 2)]
    publish_many(store, NAME, heads, points("a", "2", 2) + points("b", "3", 2))
    assert by_document(visible_search(store, NAME, QUERY, 10)) == {"a": whole("a", "2", 2), "b": whole("b", "3", 2)}


def test_removed_documents_are_gone(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    put(store, "b", "1", 2)
    remove(store, NAME, ["a"])
    assert by_document(visible_search(store, NAME, QUERY, 10)) == {"b": whole("b", "1", 2)}
    assert store.count(NAME) == 2


def test_more_documents_than_one_request_names(store: MemoryStore) -> None:
    heads = [Head(f"d{number}", "1", 1) for number in range(1203)]
    publish_many(store, NAME, heads, [point for head in heads for point in points(head.document, "1", 1)])
    heads = [Head(head.document, "2", 1) for head in heads]
    publish_many(store, NAME, heads, [point for head in heads for point in points(head.document, "2", 1)])
    assert store.count(NAME) == visible_count(store, NAME) == 1203
    remove(store, NAME, [head.document for head in heads])
    assert store.count(NAME) == 0


def publish_second(store: VectorStore) -> None:
    put(store, "a", "2", 3)


def remove_it(store: VectorStore) -> None:
    remove(store, NAME, ["a"])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("step", [publish_second, remove_it])
def test_a_kill_shows_old_or_new_and_running_again_ends_the_same(
    store: MemoryStore, step: Callable[[VectorStore], None], at: int, when: When
) -> None:
    put(store, "a", "1", 2)
    before = by_document(visible_search(store, NAME, QUERY, 10))
    faulty = FaultyStore(store, at, when=when)
    try:
        step(faulty)
    except Killed:
        seen = by_document(visible_search(store, NAME, QUERY, 10))
        assert seen in (before, {"a": whole("a", "2", 3)}, {})
    step(store)
    sweep(store, NAME)
    assert store.count(NAME) == visible_count(store, NAME)
    after = by_document(visible_search(store, NAME, QUERY, 10))
    assert after in ({"a": whole("a", "2", 3)}, {})
    assert after != before


def test_sweep_deletes_what_no_head_names_and_nothing_else(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    store.upsert(NAME, points("a", "2", 3))  # killed before its head
    store.upsert(NAME, points("b", "1", 1))
    assert sweep(store, NAME) == 4
    assert {(point.document, point.version) for point in store.export(NAME)} == {("a", "1")}
    assert sweep(store, NAME) == 0


def test_a_clean_collection_is_not_exported_to_be_swept(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    faulty = FaultyStore(store)
    sweep(faulty, NAME)
    assert "export" not in faulty.calls


def test_stale_points_do_not_push_visible_ones_out(store: MemoryStore) -> None:
    put(store, "a", "1", 1)
    for version in range(100):  # a hundred runs that were killed before their heads
        store.upsert(NAME, points("stale", str(version), 1))
    assert by_document(visible_search(store, NAME, QUERY, 1)) == {"a": whole("a", "1", 1)}
    assert [point.document for point in visible_export(store, NAME)] == ["a"]


def test_a_version_that_comes_during_the_search_is_whole(store: MemoryStore) -> None:
    put(store, "a", "1", 2)

    def half_written(call: str) -> None:
        # Between the search and the look at the heads, the second version becomes visible.
        if call == "heads" and faulty.calls.count("heads") == 1:
            put(store, "a", "2", 5)

    store.upsert(NAME, points("a", "2", 5)[:2])
    faulty = FaultyStore(store, before_call=half_written)
    assert by_document(visible_search(faulty, NAME, QUERY, 10)) == {"a": whole("a", "2", 5)}


def test_a_reader_that_remembers_searches_once(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    seen = SeenHeads()
    visible_search(store, NAME, QUERY, 10, seen=seen)
    faulty = FaultyStore(store)
    visible_search(faulty, NAME, QUERY, 10, seen=seen)
    assert faulty.calls.count("search") == 1


def test_what_was_seen_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = SeenHeads()
    seen["a"] = "1"
    seen.forget()
    assert seen == {"a": "1"}
    monkeypatch.setattr("workloads.embedding.visibility._MEMORY", -1.0)
    seen.forget()
    assert not seen


def test_an_alias_is_followed_once(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    store.point_alias("docs", NAME)
    other = CollectionSpec("docs_other_1_abcdef02", 8, "cosine", "other", "1", "chunker")
    store.create(other)

    def cut_over(call: str) -> None:
        if call == "search":
            store.point_alias("docs", other.name)

    hits = visible_search(FaultyStore(store, before_call=cut_over), "docs", QUERY, 10)
    assert by_document(hits) == {"a": whole("a", "1", 2)}


def test_hybrid_hits_are_filtered_too(store: MemoryStore) -> None:
    put(store, "a", "1", 2)
    store.upsert(NAME, points("a", "2", 3))
    assert by_document(visible_search(store, NAME, QUERY, 10, text="a")) == {"a": whole("a", "1", 2)}


def test_a_filter_and_the_limit_hold(store: MemoryStore) -> None:
    for document in "abc":
        put(store, document, "1", 4)
    hits = visible_search(store, NAME, QUERY, 3, {"document": ["a", "b"]})
    assert len(hits) == 3
    assert {hit.document for hit in hits} <= {"a", "b"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 5), st.integers(0, 1)), max_size=8))
def test_any_sequence_of_cut_writes_leaves_the_last_whole_version(
    steps: list[tuple[str, int, int, int]],
) -> None:
    store = MemoryStore()
    store.create(SPEC)
    expected: dict[str, list[str]] = {}
    for document, version, at, removing in steps:
        faulty = FaultyStore(store, at)
        try:
            if removing:
                remove(faulty, NAME, [document])
            else:
                put(faulty, document, str(version), version + 1)
        except Killed:
            pass
        now = by_document(visible_search(store, NAME, QUERY, 50))
        new = {} if removing else {document: whole(document, str(version), version + 1)}
        kept = {key: value for key, value in expected.items() if key != document}
        assert now in (expected, kept | new)
        expected = now
    sweep(store, NAME)
    assert store.count(NAME) == visible_count(store, NAME)


def test_a_reader_beside_a_writer_sees_old_or_new(store: MemoryStore) -> None:
    put(store, "a", "0", 3)
    stop = threading.Event()

    def write() -> None:
        version = 0
        while not stop.wait(0.001):
            version += 1
            put(store, "a", str(version), 3 + version % 4)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(150):
            found = by_document(visible_search(store, NAME, QUERY, 20))
            version = found["a"][0].split()[1]
            assert found == {"a": whole("a", version, 3 + int(version) % 4)}
    finally:
        stop.set()
        writer.join()
