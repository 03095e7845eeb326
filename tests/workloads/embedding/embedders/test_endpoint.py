"""Endpoints that behave and that do not: nothing is cut silently, and one bad text fails alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest

from tests.workloads.embedding.embedders.endpoint_stub import EndpointStub, Misbehaviour
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.numpy_minilm import MODEL, minilm_tokenizer
from workloads.embedding.embedders import requests
from workloads.embedding.embedders.embedder import Embedder, RefusedWindowsError
from workloads.embedding.embedders.opening import open_embedder
from workloads.embedding.embedders.rate_limit import RateLimit
from workloads.embedding.faults import EmbedderError
from workloads.embedding.settings import ChunkingSettings, EmbedderSettings
from workloads.faults import AccessError, InputError

TOKENIZER = minilm_tokenizer()
ORACLE = HashEmbedder()


@dataclass
class Text:
    text: str

    @property
    def token_ids(self) -> list[int]:
        return TOKENIZER.encode(self.text, add_special_tokens=False).ids


def open_on(stub: EndpointStub, environ: dict[str, str] | None = None, **settings: Any) -> Embedder:
    used = {
        "kind": "openai",
        "model": "m",
        "revision": "r",
        "path": str(MODEL),
        "url": "http://endpoint/v1",
        "attempts": 3,
    } | settings
    chunking = ChunkingSettings(tokens=256)
    return open_embedder(EmbedderSettings.model_validate(used), chunking, environ or {}, stub.transport)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which take no time."""
    found: list[float] = []

    def wait(state: Any) -> float:
        found.append(real(state))
        return 0

    real: Callable[[Any], float] = requests._wait  # pyright: ignore[reportPrivateUsage] - to record what it says
    monkeypatch.setattr(requests, "_wait", wait)
    return found


@pytest.mark.parametrize("kind", ["openai", "tei"])
def test_vectors_come_back_in_the_order_asked_for(kind: str) -> None:
    stub = EndpointStub()
    embedder = open_on(stub, kind=kind, batch_tokens=64)
    texts = [f"{'word ' * (number % 7)}number {number}" for number in range(40)]
    vectors = embedder.embed([Text(text) for text in texts])
    assert embedder.dimension == 32
    assert len(stub.requests) > 3
    np.testing.assert_allclose(vectors, [ORACLE.embed_query(text) for text in texts], atol=1e-6)
    np.testing.assert_allclose(embedder.embed_query(texts[3]), vectors[3], atol=1e-6)
    embedder.close()


def test_nothing_asked_nothing_sent() -> None:
    stub = EndpointStub()
    embedder = open_on(stub)
    assert embedder.embed([]).shape == (0, 32)
    assert len(stub.requests) == 1  # the one that finds the dimension


@pytest.mark.parametrize("words", range(60, 160, 3))
def test_long_windows_are_cut_here_and_pooled(words: int) -> None:
    stub = EndpointStub()
    embedder = open_on(stub)
    assert embedder.reads == 254
    long = " ".join(f"unusually{number}" for number in range(words))
    (vector,) = embedder.embed([Text(long)])
    sent = [text for texts in stub.requests[1:] for text in texts]
    assert "".join(sorted(sent, key=long.index)) == long
    assert len(sent) > len(Text(long).token_ids) // 254
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert vector @ ORACLE.embed_query(long) > 0.99


def test_a_window_that_just_fits_is_sent_whole() -> None:
    stub = EndpointStub()
    open_on(stub).embed([Text("word " * 254)])
    assert stub.requests[1] == ["word " * 254]


def test_a_poisoned_batch_is_halved_to_find_the_text() -> None:
    def refuse(texts: list[str], _number: int) -> httpx.Response | None:
        return httpx.Response(400, text="can't") if any("poison" in text for text in texts) else None

    embedder = open_on(EndpointStub(misbehave=refuse))
    texts = [Text(f"text {number}" + " poison" * (number in (3, 11))) for number in range(16)]
    with pytest.raises(RefusedWindowsError) as caught:
        embedder.embed(texts)
    assert set(caught.value.reasons) == {3, 11}
    assert "400: can't" in caught.value.reasons[3]
    for position, text in enumerate(texts):
        expected = np.zeros(32) if position in (3, 11) else ORACLE.embed_query(text.text)
        np.testing.assert_allclose(caught.value.vectors[position], expected, atol=1e-6)


@pytest.mark.parametrize("status", [408, 424, 429, 500, 502, 503, 504, 529])
def test_passing_troubles_are_tried_again(status: int, waits: list[float]) -> None:
    def stumble(_texts: list[str], number: int) -> httpx.Response | None:
        return httpx.Response(status, headers={"Retry-After": "7"}) if number in (1, 2) else None

    embedder = open_on(EndpointStub(misbehave=stumble))
    assert embedder.embed([Text("hello")]).shape == (1, 32)
    assert waits == [7, 7]


def test_lost_connections_are_tried_again(waits: list[float]) -> None:
    def lose(_texts: list[str], number: int) -> httpx.Response | None:
        if number == 1:
            raise httpx.ReadError("reset")
        return None

    embedder = open_on(EndpointStub(misbehave=lose))
    assert embedder.embed([Text("hello")]).shape == (1, 32)
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("header", "wait"),
    [("3", 3), ("-3", 0), ("99999", 120), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0), ("", 0), ("nan", 0)],
)
def test_the_wait_asked_for_has_bounds(header: str, wait: float) -> None:
    assert requests._asked_wait(header) == wait  # pyright: ignore[reportPrivateUsage] - its table of values


def test_trouble_that_stays_ends_in_a_message() -> None:
    def stumble(_texts: list[str], number: int) -> httpx.Response | None:
        return httpx.Response(503, text="overloaded") if number else None

    stub = EndpointStub(misbehave=stumble)
    embedder = open_on(stub)
    with pytest.raises(EmbedderError, match="http://endpoint/v1/embeddings: 503: overloaded"):
        embedder.embed([Text("hello")])
    assert len(stub.requests) == 1 + 3


def test_closing_ends_the_wait_for_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_wait", lambda _state: 3600.0)  # pyright: ignore[reportUnknownLambdaType] - tenacity's
    asked = threading.Event()

    def busy(_texts: list[str], number: int) -> httpx.Response | None:
        if number == 0:
            return None
        asked.set()
        return httpx.Response(429)

    stub = EndpointStub(misbehave=busy)
    embedder = open_on(stub)
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            embedder.embed([Text("hello")])
        except BaseException as error:  # what it is, is asserted
            ended.append(type(error))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert asked.wait(30)
    embedder.close()
    asking.join(30)
    assert not asking.is_alive()
    assert ended == [EmbedderError]
    assert len(stub.requests) == 2


def test_a_refused_query_is_the_callers_to_mend() -> None:
    def refuse(_texts: list[str], number: int) -> httpx.Response | None:
        return httpx.Response(422, text="no") if number else None

    with pytest.raises(InputError, match="query: the endpoint of m does not take it") as caught:
        open_on(EndpointStub(misbehave=refuse)).embed_query("hello")
    assert "http" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_expire_are_said(status: int) -> None:
    def expire(_texts: list[str], number: int) -> httpx.Response | None:
        return httpx.Response(status, text="token expired") if number else None

    embedder = open_on(EndpointStub(misbehave=expire))
    with pytest.raises(AccessError, match="token expired"):
        embedder.embed([Text("hello")])


def test_the_key_is_sent_and_a_missing_one_is_said() -> None:
    stub = EndpointStub()
    open_on(stub, {"KEY": "abc\n"}, api_key_env="KEY")
    assert stub.headers[0]["authorization"] == "Bearer abc"
    with pytest.raises(AccessError, match="KEY is not set"):
        open_on(stub, {}, api_key_env="KEY")
    with pytest.raises(AccessError, match="KEY holds more than printable ASCII") as caught:
        open_on(stub, {"KEY": "s3cret\nX-Other: 1"}, api_key_env="KEY")
    assert "s3cret" not in str(caught.value)


def wrong_dimension(texts: list[str], number: int) -> httpx.Response | None:
    data = [{"index": index, "embedding": [1.0] * 5} for index in range(len(texts))]
    return httpx.Response(200, json={"data": data}) if number else None


def too_few(_texts: list[str], number: int) -> httpx.Response | None:
    return httpx.Response(200, json={"data": []}) if number else None


def no_embeddings(_texts: list[str], number: int) -> httpx.Response | None:
    return httpx.Response(200, json={"object": "error"}) if number else None


def no_numbers(texts: list[str], number: int) -> httpx.Response | None:
    data = [{"index": index, "embedding": "AACAPw=="} for index in range(len(texts))]
    return httpx.Response(200, json={"data": data}) if number else None


def no_json(_texts: list[str], number: int) -> httpx.Response | None:
    return httpx.Response(200, text="<html>") if number else None


@pytest.mark.parametrize(
    ("misbehave", "message"),
    [
        (wrong_dimension, r"vectors of \[5\] numbers; the first had 32"),
        (too_few, "0 vectors for 1 texts"),
        (no_embeddings, "its answer holds no embeddings"),
        (no_numbers, "its answer holds no embeddings"),
        (no_json, "answers no JSON: <html>"),
    ],
)
def test_answers_that_are_none(misbehave: Misbehaviour, message: str) -> None:
    embedder = open_on(EndpointStub(misbehave=misbehave))
    with pytest.raises(EmbedderError, match=message):
        embedder.embed([Text("hello")])


@pytest.mark.parametrize(("status", "message"), [(404, "embedder.url or embedder.model is wrong"), (400, "no model m")])
def test_a_wrong_url_or_model_is_found_before_anything_is_done(status: int, message: str) -> None:
    with pytest.raises(EmbedderError, match=message):
        open_on(EndpointStub(misbehave=lambda _texts, _number: httpx.Response(status, text="no model m")))


def test_requests_and_tokens_are_spaced(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[int] = []

    def take(_limit: RateLimit, amount: int) -> None:
        slept.append(amount)

    monkeypatch.setattr(RateLimit, "take", take)
    open_on(EndpointStub()).embed([Text("one two three")])
    assert slept == [1, 3, 1, 3]


TEI = {"model_id": "m", "model_sha": "r", "max_input_length": 128, "max_client_batch_size": 4}


def test_tei_says_its_limits() -> None:
    stub = EndpointStub(info=TEI, reads=126)
    embedder = open_on(stub, kind="tei")
    assert embedder.reads == 126
    embedder.embed([Text(f"text {number}") for number in range(10)])
    assert sorted(map(len, stub.requests[1:])) == [2, 4, 4]


@pytest.mark.parametrize(("key", "told"), [("model", "model_id"), ("revision", "model_sha")])
def test_tei_with_another_model_is_refused(key: str, told: str) -> None:
    with pytest.raises(InputError, match=f"embedder.{key}: .* serves another"):
        open_on(EndpointStub(info=TEI | {told: "another"}), kind="tei")
