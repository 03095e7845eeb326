"""A reader gives what is published, and follows its index to other collections.

On the store in memory; what engines do of their own is the contract suite's, and `test_engines.py` runs a reader on
each.
"""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.workloads.embedding.faulty_store import FaultyStore
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.search.filled_index import INDEX, TEXTS, fill, filled_reader, put, spec_of, stale
from workloads.embedding.faults import DimensionError, StoreUnavailableError
from workloads.embedding.search.question import Question
from workloads.embedding.search.reader import IndexMissingError, Reader
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError


def documents(reader: Reader, text: str, k: int = 10) -> list[str]:
    return [hit.document for hit in reader.search(Question(text, k)).hits]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def reader(store: MemoryStore, embedder: HashEmbedder) -> Reader:
    return filled_reader(store, embedder)


def test_the_nearest_chunk_comes_first_with_all_that_is_known_of_it(reader: Reader) -> None:
    answer = reader.search(Question("spot nodes are taken back", 2))
    assert len(answer.hits) == 2
    best = answer.hits[0]
    assert (best.document, best.text) == ("docs/nodes.md", TEXTS["docs/nodes.md"])
    assert (best.heading, best.metadata["lang"]) == ("Guide > Part", "en")
    assert best.score >= answer.hits[1].score
    assert answer.target.live


def test_a_filter_leaves_the_rest_out(reader: Reader) -> None:
    answer = reader.search(Question("spot nodes", 10, {"document": ["docs/storage.md", "docs/network.md"]}))
    assert {hit.document for hit in answer.hits} == {"docs/storage.md", "docs/network.md"}
    assert reader.search(Question("spot nodes", 10, {"lang": []})).hits == ()


def test_words_count_in_hybrid_mode(store: MemoryStore, embedder: HashEmbedder) -> None:
    reader = filled_reader(store, embedder)
    seen: list[str] = []
    watched = FaultyStore(store, before_call=seen.append)
    Reader(lambda: watched, embedder, INDEX, spec_of(embedder).name).search(Question("notice", 2, mode="hybrid"))
    assert "hybrid" in seen
    assert "search" not in seen
    assert reader.search(Question("notice", 1, mode="hybrid")).hits[0].document == "docs/nodes.md"


def test_hybrid_is_refused_where_the_engine_has_none(embedder: HashEmbedder) -> None:
    class VectorsOnly(MemoryStore):
        has_hybrid: ClassVar[bool] = False

    with pytest.raises(InputError, match=r"mode 'hybrid': .* allowed: 'vector'"):
        filled_reader(VectorsOnly(), embedder).search(Question("notice", 2, mode="hybrid"))


def test_unpublished_points_are_not_seen(reader: Reader, store: MemoryStore, embedder: HashEmbedder) -> None:
    name = spec_of(embedder).name
    store.upsert(name, [stale(point) for point in store.export(name)])
    answer = reader.search(Question("spot nodes are taken back", 10))
    assert sorted(hit.document for hit in answer.hits) == sorted(TEXTS)


def test_what_is_published_is_seen_at_once(reader: Reader, store: MemoryStore, embedder: HashEmbedder) -> None:
    assert documents(reader, "a quite other thing", 1) != ["docs/other.md"]
    put(store, embedder, "docs/other.md", "a quite other thing")
    assert documents(reader, "a quite other thing", 1) == ["docs/other.md"]


def test_a_cut_over_to_another_chunker_is_followed(reader: Reader, store: MemoryStore, embedder: HashEmbedder) -> None:
    documents(reader, "spot")
    spec = fill(store, embedder, "blocks-1/256/32")
    put(store, embedder, "docs/later.md", "only in the later collection", spec)
    store.point_alias(INDEX, spec.name)
    answer = reader.search(Question("only in the later collection", 1))
    assert (answer.target.spec, answer.target.live) == (spec, True)
    assert answer.hits[0].document == "docs/later.md"


def test_after_a_cut_over_to_another_model_the_reader_stays_with_its_own(
    reader: Reader, store: MemoryStore, embedder: HashEmbedder
) -> None:
    store.point_alias(INDEX, fill(store, HashEmbedder(revision="2")).name)
    answer = reader.search(Question("spot nodes are taken back", 1))
    assert answer.hits[0].document == "docs/nodes.md"
    assert (answer.target.spec, answer.target.live) == (spec_of(embedder), False)


def test_another_models_collection_is_never_searched(embedder: HashEmbedder, store: MemoryStore) -> None:
    store.point_alias(INDEX, fill(store, HashEmbedder(revision="2")).name)
    reader = Reader(lambda: store, embedder, INDEX, spec_of(embedder).name)
    with pytest.raises(IndexMissingError, match="at 2; the settings say hash at 1"):
        reader.search(Question("spot", 1))


def test_an_index_without_a_collection_is_said(embedder: HashEmbedder, store: MemoryStore) -> None:
    reader = Reader(lambda: store, embedder, INDEX, spec_of(embedder).name)
    with pytest.raises(IndexMissingError, match="index 'docs': has no collection yet"):
        reader.target()


def test_a_collection_of_another_dimension_is_refused(embedder: HashEmbedder, store: MemoryStore) -> None:
    store.point_alias(INDEX, fill(store, HashEmbedder(dimension=16)).name)
    reader = Reader(lambda: store, embedder, INDEX, spec_of(embedder).name)
    with pytest.raises(DimensionError, match=r"has 16 dimensions, hash makes 32"):
        reader.target()


def test_a_collection_that_goes_while_it_is_searched_is_searched_no_more(
    store: MemoryStore, embedder: HashEmbedder
) -> None:
    old = fill(store, embedder)
    store.point_alias(INDEX, old.name)

    def cut_over(call: str) -> None:
        if call == "search" and old.name in store.collections:
            store.point_alias(INDEX, fill(store, embedder, "blocks-1/256/32").name)
            store.drop(old.name)

    watched = FaultyStore(store, before_call=cut_over)
    answer = Reader(lambda: watched, embedder, INDEX, old.name).search(Question("spot nodes are taken back", 1))
    assert answer.hits[0].document == "docs/nodes.md"
    assert answer.target.spec.chunker == "blocks-1/256/32"


def test_a_fault_of_the_store_comes_through(store: MemoryStore, embedder: HashEmbedder) -> None:
    reader = filled_reader(store, embedder)
    broken = FaultyStore(store, at=0, forever=True, fault=lambda: StoreUnavailableError("down"))
    with pytest.raises(StoreUnavailableError, match="down"):
        Reader(lambda: broken, embedder, INDEX, spec_of(embedder).name).search(Question("spot", 1))
    assert documents(reader, "spot")


def test_a_store_that_can_not_be_opened_yet_is_opened_later(store: MemoryStore, embedder: HashEmbedder) -> None:
    filled_reader(store, embedder)
    outages = [StoreUnavailableError("starting"), StoreUnavailableError("starting")]

    def open_store() -> VectorStore:
        if outages:
            raise outages.pop()
        return store

    reader = Reader(open_store, embedder, INDEX, spec_of(embedder).name)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            reader.target()
    assert reader.target().live
    reader.close()
    assert store.closed
