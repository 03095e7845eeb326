"""Samples are of what readers see, of whole documents, and the same whatever order a store gives its points in."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.embedding.drift.clouds import cloud, put
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.drift.windows import CHUNKS_PER_DOCUMENT
from workloads.embedding.drift.sampling import recent_sample, reference_sample
from workloads.embedding.records import CollectionSpec, Head, Point

SPEC = CollectionSpec("docs_a", 16, "cosine", "model", "rev", "blocks-1")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.create(SPEC)
    put(store, "docs_a", cloud(300, np.random.default_rng(1), chunks=3))
    return store


def test_a_reference_is_as_large_as_asked_and_the_same_again(store: MemoryStore) -> None:
    sample = reference_sample(store, "docs_a", 100)
    turned = MemoryStore()
    turned.create(SPEC)
    for document, head in reversed(store.collections["docs_a"].heads.items()):
        turned.upsert("docs_a", list(store.export("docs_a", {"document": document}))[::-1])
        turned.put_heads("docs_a", [head])
    again = reference_sample(turned, "docs_a", 100)

    assert len(sample) == 102, "whole documents of three"
    assert again.documents == sample.documents
    assert np.array_equal(again.vectors, sample.vectors)


def test_a_small_collection_is_taken_whole(store: MemoryStore) -> None:
    assert len(reference_sample(store, "docs_a", 10_000)) == 900


def test_no_more_than_a_few_chunks_of_a_long_document_are_taken(store: MemoryStore) -> None:
    put(store, "docs_a", cloud(1, np.random.default_rng(2), chunks=50, prefix="book"))

    assert len(recent_sample(store, "docs_a", ["book-0"], 100)) == CHUNKS_PER_DOCUMENT


def test_recent_documents_come_in_the_order_given_and_only_as_readers_see_them(store: MemoryStore) -> None:
    half_written = Point("x", np.ones(16, np.float32), "doc-7", "v2", 0, "not published")
    store.upsert("docs_a", [half_written, Point("y", np.ones(16, np.float32), "never", "v1", 0, "not published")])
    sample = recent_sample(store, "docs_a", ["doc-9", "never", "gone", "doc-7"], 100)

    assert sample.documents == ("doc-9", "doc-7")
    assert len(sample) == 6
    assert not (sample.vectors == 1).all(axis=1).any()


def test_an_empty_collection_gives_an_empty_sample() -> None:
    store = MemoryStore()
    store.create(SPEC)
    store.put_heads("docs_a", [Head("empty", "v1", 0)])

    assert len(reference_sample(store, "docs_a", 100)) == 0
