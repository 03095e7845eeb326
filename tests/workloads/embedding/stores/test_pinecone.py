"""What of Pinecone differs from the other engines: writes that are seen late, and one index for everything.

All of it against a stand-in for the service, which can't be reached; `test_pinecone_rules` shows what that refuses.
"""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np
import pytest

from tests.workloads.embedding.stores.pinecone_stub import StubIndex, served
from tests.workloads.embedding.stores.points import NAME, direction, point, spec
from workloads.embedding.faults import DimensionError, MetricError, RefusedPointsError, StoreUnavailableError
from workloads.embedding.records import Head
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore
from workloads.faults import AccessError, InputError

KEY = "key of the test"


@pytest.fixture
def index() -> StubIndex:
    """An index as one is usually made: of the model's dimension, by cosine."""
    return StubIndex(8, "cosine")


@pytest.fixture
def settings(index: StubIndex) -> Generator[StoreSettings]:
    with served(index, KEY) as host:
        yield StoreSettings(engine="pinecone", url=host, api_key_env="PINECONE_API_KEY", timeout_seconds=60)


@pytest.fixture
def store(settings: StoreSettings) -> Generator[VectorStore]:
    store = opened(settings)
    store.create(spec())
    yield store
    store.close()


def opened(settings: StoreSettings, key: str = KEY) -> VectorStore:
    return open_store(settings, {"PINECONE_API_KEY": key})


def test_a_write_returns_when_it_is_seen(index: StubIndex, store: VectorStore) -> None:
    index.lag = 0.2
    start = time.monotonic()
    store.upsert(NAME, [point(vector=direction(1)), point("other.md")])
    assert len(store.search(NAME, direction(1), 5)) == 2
    store.upsert(NAME, [point(vector=direction(0, 1))])
    assert store.search(NAME, direction(0, 1), 1)[0].document == "guide.md"
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    store.put_heads(NAME, [Head("guide.md", "2", 1)])
    assert [head.version for head in store.heads(NAME, ["guide.md"])] == ["2"]
    store.delete(NAME, {"document": "guide.md"})
    assert store.count(NAME) == 1
    store.point_alias("docs", NAME)
    assert store.alias("docs") == NAME
    store.delete_heads(NAME, ["guide.md"])
    assert list(store.heads(NAME)) == []
    assert time.monotonic() - start >= 7 * 0.2


def test_a_write_that_is_never_seen_is_unavailable(index: StubIndex, settings: StoreSettings) -> None:
    patient = opened(settings)
    patient.create(spec())
    patient.close()
    impatient = opened(settings.model_copy(update={"timeout_seconds": 3}))
    index.lag = 60
    with pytest.raises(StoreUnavailableError, match=r"embedding_points_.* 3 s"):
        impatient.upsert(NAME, [point()])
    with pytest.raises(StoreUnavailableError, match="embedding_heads_"):
        impatient.put_heads(NAME, [Head("guide.md", "1", 1)])
    impatient.close()


def test_vectors_of_an_index_of_their_metric_are_kept_as_they_are(store: VectorStore) -> None:
    vector = direction(1, 2) * np.float32(3)
    store.upsert(NAME, [point(vector=vector)])
    (found,) = store.export(NAME)
    assert found.vector.tolist() == vector.tolist()
    assert store.search(NAME, vector, 1)[0].score == pytest.approx(1)


def test_an_index_of_another_shape_refuses_the_collection(settings: StoreSettings) -> None:
    store = opened(settings)
    with pytest.raises(DimensionError, match="needs 16 dimensions, the Pinecone index has 8"):
        store.create(spec(dimension=16))
    with pytest.raises(MetricError, match="has metric dot, the Pinecone index cosine"):
        store.create(spec(metric="dot"))
    assert store.names() == []
    store.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_fails_is_unavailable(
    index: StubIndex, store: VectorStore, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinecone._internal.http_client._retry_sleep", lambda _: None)  # pyright: ignore[reportUnknownLambdaType] - a sleep
    index.failing = status
    with pytest.raises(StoreUnavailableError, match=str(status)):
        store.upsert(NAME, [point()])


def test_a_wrong_key_is_refused(settings: StoreSettings) -> None:
    store = opened(settings, "wrong")
    with pytest.raises(AccessError, match="Invalid API Key"):
        store.names()
    store.close()


def test_no_key_is_named() -> None:
    with pytest.raises(InputError, match="api_key_env"):
        open_store(StoreSettings(engine="pinecone", url="docs-1.svc.pinecone.io"), {})


def test_a_host_that_cannot_be_meant_is_named() -> None:
    with pytest.raises(InputError, match=r"store\.url: 'docs'"):
        opened(StoreSettings(engine="pinecone", url="docs", api_key_env="PINECONE_API_KEY"))


def test_a_record_that_is_too_large_is_named_before_anything_is_written(store: VectorStore) -> None:
    large = point("large.md", text="x" * 41_000)
    with pytest.raises(RefusedPointsError, match=r"have 41\d\d\d bytes, Pinecone takes 40960") as raised:
        store.upsert(NAME, [point(), large])
    assert set(raised.value.reasons) == {large.id}
    assert store.count(NAME) == 0


def test_large_writes_and_answers_are_cut_to_what_the_service_takes(store: VectorStore) -> None:
    """200 records of 30 kB are three requests by their size, and more than an answer may hold."""
    store.upsert(NAME, [point(f"{n}.md", text="x" * 30_000) for n in range(200)])
    assert len(store.search(NAME, direction(1), 200)) == 200


def test_a_namespace_that_is_not_there_yet_is_an_empty_one(index: StubIndex, settings: StoreSettings) -> None:
    index.misses = True
    store = opened(settings)
    assert (store.names(), store.alias("docs")) == ([], None)
    store.create(spec())
    assert (store.count(NAME), store.count(NAME, {"even": True}), list(store.heads(NAME))) == (0, 0, [])
    assert (store.search(NAME, direction(1), 3), list(store.export(NAME))) == ([], [])
    store.delete(NAME, {"document": "guide.md"})
    store.delete_heads(NAME, ["guide.md"])
    store.upsert(NAME, [point()])
    assert store.count(NAME) == 1
    store.drop(NAME)
    store.close()


def test_a_collection_that_is_not_seen_is_never_emptied(index: StubIndex, store: VectorStore) -> None:
    """Every run makes its collection, and Pinecone may show the record of a live one late."""
    store.upsert(NAME, [point()])
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    unseen = index.namespaces["embedding_registry"].pop(f"collection:{NAME}")
    with pytest.raises(StoreUnavailableError, match=f"embedding_points_{NAME} and embedding_heads_{NAME} hold records"):
        store.create(spec())
    index.namespaces["embedding_registry"][f"collection:{NAME}"] = unseen
    store.create(spec())
    assert (store.count(NAME), len(list(store.heads(NAME)))) == (1, 1)


def test_a_drop_that_was_interrupted_is_repeated(index: StubIndex, store: VectorStore) -> None:
    store.upsert(NAME, [point()])
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    index.namespaces[f"embedding_heads_{NAME}"].clear()  # as far as it had come
    assert store.names() == [NAME]
    store.drop(NAME)
    store.create(spec())
    assert (store.count(NAME), list(store.heads(NAME))) == (0, [])
