"""A reader on each engine: what is published is found, filtered and, where the engine can, found by its words."""

from __future__ import annotations

import pytest

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.search.filled_index import INDEX, fill, filled_reader
from workloads.embedding.search.question import Question
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError


def test_a_reader_answers_and_follows_its_index(store: VectorStore) -> None:
    embedder = HashEmbedder()
    reader = filled_reader(store, embedder)
    question = "spot nodes are taken back"
    assert [hit.document for hit in reader.search(Question(question, 1)).hits] == ["docs/nodes.md"]
    assert [hit.document for hit in reader.search(Question(question, 1, exact=True)).hits] == ["docs/nodes.md"]
    filtered = reader.search(Question(question, 10, {"document": ["docs/storage.md", "docs/network.md"]}))
    assert {hit.document for hit in filtered.hits} == {"docs/storage.md", "docs/network.md"}
    assert len(reader.search(Question(question, 10, {"long": True})).hits) == 1
    assert reader.search(Question(question, 10, {"lang": "'; drop table x --"})).hits == ()

    if store.has_hybrid:
        assert reader.search(Question("notice", 1, mode="hybrid")).hits[0].document == "docs/nodes.md"
        assert reader.search(Question("\"'; & | ! <-> (* ~", 4, mode="hybrid")).target.live
    else:
        with pytest.raises(InputError, match="has no keyword search"):
            reader.search(Question("notice", 1, mode="hybrid"))

    later = fill(store, embedder, "blocks-1/256/32")
    store.point_alias(INDEX, later.name)
    assert reader.search(Question(question, 1)).target.spec.chunker == "blocks-1/256/32"
    store.point_alias(INDEX, fill(store, HashEmbedder(revision="2")).name)
    behind = reader.search(Question(question, 1))
    assert (behind.target.live, behind.hits[0].document) == (False, "docs/nodes.md")
