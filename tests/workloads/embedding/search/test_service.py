"""The service's HTTP API, called in process: answers, limits, faults, key, health and metrics.

How the process starts and ends is `commands/test_serve.py`'s.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient

from tests.workloads.embedding.faulty_store import FaultyStore
from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.search.filled_index import INDEX, TEXTS, fill, filled_reader, spec_of
from workloads.embedding.faults import EmbedderError, StoreError, StoreUnavailableError
from workloads.embedding.records import Vector
from workloads.embedding.search.reader import Reader
from workloads.embedding.search.service import service
from workloads.embedding.settings import SearchSettings
from workloads.faults import AccessError
from workloads.logs import log_to_stderr

SPOT = {"query": "spot nodes are taken back"}


def client(reader: Reader | None = None, settings: SearchSettings | None = None, key: str | None = None) -> TestClient:
    app = service(reader or filled_reader(), settings or SearchSettings(), key)
    return TestClient(app, raise_server_exceptions=False)


def broken_reader(fault: Callable[[], BaseException]) -> Reader:
    store, embedder = MemoryStore(), HashEmbedder()
    filled_reader(store, embedder)
    broken = FaultyStore(store, at=0, forever=True, fault=fault)
    return Reader(lambda: broken, embedder, INDEX, spec_of(embedder).name)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, which is one as RFC 9457 has it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response.headers["x-request-id"]
    return body


@pytest.fixture
def served() -> Iterator[TestClient]:
    with client() as running:
        yield running


def test_the_nearest_chunks_are_answered(served: TestClient) -> None:
    body = served.post("/search", json=SPOT | {"k": 2}).json()
    assert len(body["hits"]) == 2
    best = body["hits"][0]
    assert (best["document"], best["text"], best["ordinal"]) == ("docs/nodes.md", TEXTS["docs/nodes.md"], 0)
    assert best["metadata"] == {"lang": "en", "letters": len(TEXTS["docs/nodes.md"]), "long": False}
    assert (body["model"], body["revision"], body["live"]) == ("hash", "1", True)


def test_an_address_asks_the_same(served: TestClient) -> None:
    posted = served.post("/search", json=SPOT | {"k": 3, "where": {"long": True, "lang": ["en", "de"]}}).json()
    parameters = {"q": SPOT["query"], "k": 3, "where": ["long=true", "lang=en", "lang=de"]}
    assert served.get("/search", params=parameters).json() == posted
    assert 0 < len(posted["hits"]) < len(TEXTS)


def test_kinds_of_values_are_told_apart(served: TestClient) -> None:
    for where, found in (({"long": True}, True), ({"long": "true"}, False), ({"long": 1}, False)):
        hits = served.post("/search", json=SPOT | {"where": where}).json()["hits"]
        assert bool(hits) is found, where


def test_nothing_found_is_an_answer(served: TestClient) -> None:
    response = served.post("/search", json=SPOT | {"where": {"lang": "fr"}})
    assert (response.status_code, response.json()["hits"]) == (200, [])


def test_k_has_a_default_and_a_maximum() -> None:
    running = client(settings=SearchSettings(default_k=1, most_k=3))
    assert len(running.post("/search", json=SPOT).json()["hits"]) == 1
    assert len(running.post("/search", json=SPOT | {"k": 3}).json()["hits"]) == 3
    body = problem(running.post("/search", json=SPOT | {"k": 4}), 422, "bad_request")
    assert body["detail"] == "k 4: allowed: 1 to 3"


def test_the_longest_query_is_the_settings() -> None:
    running = client(settings=SearchSettings(longest_query=16))
    assert running.post("/search", json={"query": "a" * 16}).status_code == 200
    body = problem(running.post("/search", json={"query": "a" * 17}), 422, "bad_request")
    assert body["detail"] == "query: has 17 characters, allowed: 16"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"{", "body.1"),
        (b"[]", "body"),
        (b'{"question": "a"}', "body.query"),
        (b'{"query": ""}', "body.query"),
        (b'{"query": 1}', "body.query"),
        (b'{"query": "a", "k": 0}', "body.k"),
        (b'{"query": "a", "top": 1}', "body.top"),
        (b'{"query": "a", "mode": "keyword"}', "body.mode"),
        (b'{"query": "a", "where": {"a": null}}', "body.where.a"),
        (b'{"query": "a", "where": {"a": {"$gt": 1}}}', "body.where.a"),
        (b'{"query": "a", "where": {"a": NaN}}', "body.where.a"),
    ],
)
def test_a_malformed_request_is_told_its_field(served: TestClient, content: bytes, field: str) -> None:
    response = served.post("/search", content=content, headers={"content-type": "application/json"})
    body = problem(response, 422, "bad_request")
    assert any(fault["field"].startswith(field) for fault in body["errors"]), body
    assert body["detail"]


@pytest.mark.parametrize("query", ["  ", "a\0b", "\ud800"])
def test_text_that_no_engine_takes_is_refused(served: TestClient, query: str) -> None:
    content = json.dumps({"query": query})  # what httpx itself could not send
    response = served.post("/search", content=content, headers={"content-type": "application/json"})
    assert "query" in problem(response, 422, "bad_request")["detail"]


def test_a_bad_condition_in_an_address_is_told(served: TestClient) -> None:
    response = served.get("/search", params={"q": "a", "where": "lang"})
    assert problem(response, 422, "bad_request")["detail"] == "where 'lang': needs KEY=VALUE"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_longer_than_any_question_is_refused(served: TestClient, announced: bool) -> None:
    parts = [b" " * 10_000] * 100
    response = served.post("/search", content=b"".join(parts) if announced else iter(parts))
    problem(response, 413, "body_too_long")


def test_hybrid_is_refused_where_the_engine_has_none() -> None:
    class VectorsOnly(MemoryStore):
        has_hybrid: ClassVar[bool] = False

    response = client(filled_reader(VectorsOnly())).post("/search", json=SPOT | {"mode": "hybrid"})
    assert "allowed: 'vector'" in problem(response, 422, "bad_request")["detail"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (StoreUnavailableError("db-7.internal refused u=app"), 503, "store_unavailable"),
        (AccessError("db-7.internal: password of app"), 503, "access_refused"),
        (EmbedderError("http://db-7.internal"), 503, "embedder_unavailable"),
        (StoreError("relation db-7.internal"), 500, "failed"),
        (RuntimeError("db-7.internal"), 500, "failed"),
    ],
)
def test_the_services_own_faults_tell_no_internals(fault: Exception, status: int, code: str) -> None:
    running = client(broken_reader(lambda: fault))
    for response in (running.post("/search", json=SPOT), running.get("/readyz")):
        assert "db-7" not in json.dumps(problem(response, status, code))
        assert ("retry-after" in response.headers) is (status == 503)
    assert running.get("/healthz").status_code == 200, "restarting this process would not help"


def test_a_missing_index_is_not_ready() -> None:
    store, embedder = MemoryStore(), HashEmbedder()
    running = client(Reader(lambda: store, embedder, INDEX, "none"))
    problem(running.get("/readyz"), 503, "index_missing")
    store.point_alias(INDEX, fill(store, embedder).name)
    assert running.get("/readyz").json() == {"status": "ok", "collection": spec_of(embedder).name, "live": True}


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic c2VjcmV0"}])
def test_without_the_key_nothing_is_searched(headers: dict[str, str]) -> None:
    running = client(key="secret")
    for response in (
        running.post("/search", json=SPOT, headers=headers),
        running.get("/search", params={"q": "a"}, headers=headers),
    ):
        assert "secret" not in problem(response, 401, "key_refused")["detail"]
        assert response.headers["www-authenticate"] == "Bearer"


def test_with_the_key_it_is() -> None:
    response = client(key="secret").post("/search", json=SPOT, headers={"authorization": "Bearer secret"})
    assert response.status_code == 200


def test_probes_and_metrics_need_no_key() -> None:
    running = client(key="secret")
    assert {running.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/openapi.json")} == {200}


class Stuck(HashEmbedder):
    """An embedder that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.let_go = threading.Event()

    def embed_query(self, text: str) -> Vector:
        self.entered.release()
        self.let_go.wait(120)
        return super().embed_query(text)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    embedder = Stuck()
    yield embedder
    embedder.let_go.set()


def test_who_waits_too_long_is_told_to_come_again(stuck: Stuck) -> None:
    running = client(filled_reader(embedder=stuck), SearchSettings(timeout_seconds=0.2))
    response = running.post("/search", json=SPOT)
    assert problem(response, 504, "timeout")["detail"] == "no answer within 0.2 s"
    assert response.headers["retry-after"] == "1"
    assert running.get("/healthz").status_code == 200


def test_who_is_given_up_makes_place_for_others(stuck: Stuck) -> None:
    settings = SearchSettings(concurrency=1, timeout_seconds=0.05)
    with client(filled_reader(embedder=stuck), settings) as running:
        begun = False
        while not begun:  # one that is given up before the thread takes it never runs
            problem(running.post("/search", json=SPOT), 504, "timeout")
            begun = stuck.entered.acquire(timeout=1)
        for _ in range(20):
            problem(running.post("/search", json=SPOT), 504, "timeout")
        stuck.let_go.set()


def test_too_many_at_a_time_are_refused_at_once(stuck: Stuck) -> None:
    codes: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with client(filled_reader(embedder=stuck), SearchSettings(concurrency=1, timeout_seconds=120)) as running:
        asking = [
            threading.Thread(target=lambda: codes.put(running.post("/search", json=SPOT).json().get("code")))
            for _ in range(40)
        ]
        for thread in asking:
            thread.start()
        # One runs and eight wait.
        assert [codes.get(timeout=60) for _ in range(31)] == ["overloaded"] * 31
        stuck.let_go.set()
        assert [codes.get(timeout=60) for _ in range(9)] == [None] * 9
        for thread in asking:
            thread.join()


def test_a_request_keeps_the_id_that_it_brings(served: TestClient) -> None:
    assert served.get("/healthz", headers={"x-request-id": "trace-1"}).headers["x-request-id"] == "trace-1"
    for bad in ("a b", "a" * 65, 'x"y'):
        given = served.get("/healthz", headers={"x-request-id": bad}).headers["x-request-id"]
        assert given != bad
        assert len(given) == 32


def test_metrics_count_what_was_answered(served: TestClient) -> None:
    served.post("/search", json=SPOT | {"k": 2})
    served.post("/search", json={})
    served.get("/no/such/page")
    text = served.get("/metrics").text
    assert 'embedding_search_requests_total{method="POST",path="/search",status="200"} 1.0' in text
    assert 'embedding_search_requests_total{method="POST",path="/search",status="422"} 1.0' in text
    assert 'embedding_search_requests_total{method="GET",path="other",status="404"} 1.0' in text
    assert 'embedding_search_stage_seconds_count{stage="embed"} 1.0' in text
    assert "embedding_search_hits_sum 2.0" in text
    assert "embedding_search_open_requests 1.0" in text, "this one"
    assert "no/such" not in text, "a label per address would fill the memory"


def test_a_line_leads_to_the_callers_trace(served: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(human=False)
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    served.post("/search", json=SPOT, headers={"traceparent": f"00-{trace}-{span}-01"})
    served.post("/search", json=SPOT)
    traced, other = (json.loads(line) for line in capsys.readouterr().err.splitlines() if '"answered"' in line)
    assert (traced["trace_id"], traced["span_id"]) == (trace, span)
    assert "trace_id" not in other
    assert SPOT["query"] not in json.dumps([traced, other])


def test_metrics_say_when_the_index_has_moved_on() -> None:
    store = MemoryStore()
    running = client(filled_reader(store))
    store.point_alias(INDEX, fill(store, HashEmbedder(revision="2")).name)
    assert running.post("/search", json=SPOT).json()["live"] is False
    assert "embedding_search_behind 1.0" in running.get("/metrics").text


def test_the_openapi_document_has_examples_that_the_service_takes(served: TestClient) -> None:
    document = served.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for example in schemas["SearchRequest"]["examples"]:
        assert served.post("/search", json=example).status_code == 200
    assert schemas["SearchResponse"]["examples"][0].keys() == served.post("/search", json=SPOT).json().keys()
    answers = document["paths"]["/search"]["post"]["responses"]
    assert {"200", "401", "413", "422", "503", "504"} <= answers.keys()
    assert document["components"]["securitySchemes"]


def test_other_pages_and_methods_are_problems_too(served: TestClient) -> None:
    problem(served.get("/nothing"), 404, "not_found")
    problem(served.delete("/search"), 405, "method_not_allowed")


def test_the_reader_is_closed_with_the_service() -> None:
    store = MemoryStore()
    with client(filled_reader(store)) as running:
        running.post("/search", json=SPOT)
        assert not store.closed
    assert store.closed
