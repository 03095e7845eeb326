"""The in-memory store keeps the contract that the engines keep, and its faults come when they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.stores.contract import StoreContract
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.stores.port import VectorStore

SPEC = CollectionSpec("docs_a", 2, "cosine", "model", "rev", "blocks-1")


def point(name: str, x: float, y: float) -> Point:
    return Point(name, np.array([x, y], dtype=np.float32), name, "v1", 0, f"text of {name}")


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> VectorStore:
        return MemoryStore()


@pytest.fixture
def filled() -> VectorStore:
    store: VectorStore = MemoryStore()
    store.create(SPEC)
    store.upsert("docs_a", [point("right", 1, 0), point("up", 0, 1)])
    return store


def test_a_fault_comes_at_the_chosen_call_before_or_after_its_effect(filled: VectorStore) -> None:
    before: VectorStore = FaultyStore(filled, 1)
    assert before.count("docs_a") == 2
    with pytest.raises(Killed):
        before.delete("docs_a", {"document": "up"})
    assert filled.count("docs_a") == 2

    down = FaultyStore(filled, 0, when="after", fault=lambda: StoreUnavailableError("down"), forever=True)
    with pytest.raises(StoreUnavailableError):
        down.delete("docs_a", {"document": "up"})
    assert filled.count("docs_a") == 1
    with pytest.raises(StoreUnavailableError):
        down.names()
    assert down.calls == ["delete", "names"]
