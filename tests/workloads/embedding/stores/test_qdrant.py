"""What is Qdrant's own behind the port: its local mode, what a server is asked, and what its refusals mean.

A real server is not met: what it is asked is what its own client makes of our calls, and a stub answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.workloads.embedding.stores.points import NAME, direction, point, spec
from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.described import described
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.qdrant_keywords import keywords_of_query, keywords_of_text
from workloads.faults import AccessError, InputError, ProgramError

pytestmark = pytest.mark.xdist_group("qdrant")


@dataclass
class Stub:
    """An HTTP server that keeps what it is asked, and answers as told."""

    port: int = 0
    asked: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    keys: set[str | None] = field(default_factory=set[str | None])
    answers: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    status: int = 200
    error: str = ""

    def settings(self, **changes: Any) -> StoreSettings:
        return StoreSettings.model_validate({"engine": "qdrant", "url": f"http://127.0.0.1:{self.port}", **changes})


@pytest.fixture
def stub() -> Generator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = self.path.partition("?")[0]
            stub.asked.append((self.command, path, body))
            stub.keys.add(self.headers.get("api-key"))
            found = (self.command, path) in stub.answers or self.command != "GET"
            status = stub.status if stub.status != 200 or found else 404
            content: dict[str, Any] = {"status": {"error": stub.error or "Not found"}, "time": 0.0}
            if status == 200:
                content = {"result": stub.answers.get((self.command, path), True), "status": "ok", "time": 0.0}
            answer = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


def standing(stub: Stub) -> None:
    """Let the stub have the collection."""
    empty: dict[str, Any] = {}
    configuration = {
        "params": {},
        "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000},
        "optimizer_config": {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1, "flush_interval_sec": 5}
        | {"default_segment_number": 0},
        "metadata": {"description": described(spec())},
    }
    stub.answers["GET", f"/collections/embedding-{NAME}"] = {
        "status": "green",
        "optimizer_status": "ok",
        "segments_count": 1,
        "config": configuration,
        "payload_schema": empty,
    }


def test_collection_is_made_with_replicas_index_and_description(stub: Stub) -> None:
    stub.answers["GET", f"/collections/embedding-{NAME}-heads/exists"] = {"exists": False}
    stub.answers["PUT", f"/collections/embedding-{NAME}/index"] = {"operation_id": 1, "status": "completed"}
    store = open_store(stub.settings(replication_factor=3, shards=2), {})
    store.create(spec(hnsw_m=24, hnsw_ef_construction=200))
    store.close()
    made = {path: body for command, path, body in stub.asked if command == "PUT"}
    heads, points, index = made.values()
    assert next(iter(made)) == f"/collections/embedding-{NAME}-heads"
    assert heads["vectors"] == {}
    for one in (heads, points):
        assert (one["shard_number"], one["replication_factor"], one["write_consistency_factor"]) == (2, 3, 3)
    assert points["vectors"]["embedding"] == {
        "size": 8,
        "distance": "Cosine",
        "hnsw_config": {"m": 24, "ef_construct": 200},
    }
    assert points["sparse_vectors"] == {"keywords": {"modifier": "idf"}}
    assert json.loads(points["metadata"]["description"])["name"] == NAME
    assert (index["field_name"], index["field_schema"]) == ("terms", "keyword")


def test_index_that_an_interrupted_run_did_not_make_is_made(stub: Stub) -> None:
    standing(stub)
    stub.answers["PUT", f"/collections/embedding-{NAME}/index"] = {"operation_id": 1, "status": "completed"}
    store = open_store(stub.settings(), {})
    store.create(spec())
    store.close()
    assert [path for command, path, _ in stub.asked if command == "PUT"] == [f"/collections/embedding-{NAME}/index"]


def test_searches_say_how_the_index_is_walked(stub: Stub) -> None:
    standing(stub)
    query = f"/collections/embedding-{NAME}/points/query"
    stub.answers["POST", query] = {"points": []}
    store = open_store(stub.settings(), {})
    store.search(NAME, direction(1), 300, {"lang": ["de", "fr"]})
    store.search(NAME, direction(1), 3, exact=True)
    store.hybrid(NAME, direction(1), "two words", 5)
    store.close()
    walked, exact, hybrid = [body for _, path, body in stub.asked if path == query]
    assert walked["params"] == {"exact": False, "hnsw_ef": 300}
    assert len(walked["filter"]["must"][0]["match"]["any"]) == 2
    assert exact["params"]["exact"] is True
    assert [part["using"] for part in hybrid["prefetch"]] == ["embedding", "keywords"]
    assert hybrid["query"] == {"fusion": "rrf"}


def test_no_write_is_larger_than_a_server_takes(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workloads.embedding.stores.qdrant.MOST_BYTES", 1_000_000)
    standing(stub)
    stub.answers["PUT", f"/collections/embedding-{NAME}/points"] = {"operation_id": 1, "status": "completed"}
    store = open_store(stub.settings(batch_points=10_000), {})
    text = " ".join(f"word{number}" for number in range(5_000))
    store.upsert(NAME, [point(ordinal=number, text=text) for number in range(10)])
    store.close()
    writes = [body for command, _, body in stub.asked if command == "PUT"]
    assert sum(len(body["points"]) for body in writes) == 10
    assert len(writes) > 1
    assert all(len(json.dumps(body)) <= 1_000_000 for body in writes)


def test_writes_wait_until_they_can_be_read(stub: Stub) -> None:
    standing(stub)
    done = {"operation_id": 1, "status": "completed"}
    stub.answers["PUT", f"/collections/embedding-{NAME}/points"] = done
    store = open_store(stub.settings(batch_points=2), {})
    store.upsert(NAME, [point(ordinal=number) for number in range(5)])
    store.close()
    written = [body["points"] for command, _, body in stub.asked if command == "PUT"]
    assert [len(points) for points in written] == [2, 2, 1]
    assert written[0][0]["payload"]["document"] == "guide.md"


def test_key_is_sent_and_never_warned_about(stub: Stub) -> None:
    stub.answers["GET", "/collections"] = {"collections": []}
    store = open_store(stub.settings(api_key_env="QDRANT_KEY"), {"QDRANT_KEY": "secret"})
    assert store.names() == []
    store.close()
    assert stub.keys == {"secret"}
    with pytest.raises(AccessError, match="QDRANT_KEY"):
        open_store(stub.settings(api_key_env="QDRANT_KEY"), {})


@pytest.mark.parametrize(
    ("status", "error", "meaning"),
    [
        (401, "Must provide an API key", AccessError),
        (403, "Forbidden", AccessError),
        (408, "Timeout", StoreUnavailableError),
        (500, "No space left on device", StoreUnavailableError),
        (503, "Service unavailable", StoreUnavailableError),
        (400, "Wrong input", StoreError),
        (413, "Payload too large", StoreError),
    ],
)
def test_refusals(stub: Stub, status: int, error: str, meaning: type[ProgramError]) -> None:
    stub.status, stub.error = status, error
    store = open_store(stub.settings(), {})
    with pytest.raises(ProgramError, match=error) as raised:
        store.count(NAME)
    assert type(raised.value) is meaning
    store.close()


def test_collection_of_somebody_else_is_left_alone(stub: Stub) -> None:
    standing(stub)
    stub.answers["GET", f"/collections/embedding-{NAME}"]["config"].pop("metadata")
    store = open_store(stub.settings(), {})
    with pytest.raises(StoreError, match="not made by this pipeline"):
        store.create(spec())
    store.close()


def test_answer_of_something_else_is_a_fault(stub: Stub) -> None:
    stub.answers["GET", "/collections"] = {"welcome": "to another program"}
    store = open_store(stub.settings(), {})
    with pytest.raises(StoreError, match="list collections"):
        store.names()
    store.close()


@pytest.mark.parametrize("url", ["localhost:6333", "postgresql://x@y/z", "file:///data"])
def test_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"store\.url.*path:FOLDER"):
        open_store(StoreSettings(engine="qdrant", url=url), {})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_folder_is_one_process_at_a_time(tmp_path: Path) -> None:
    settings = StoreSettings(engine="qdrant", url=f"path:{tmp_path / 'qdrant'}")
    store = open_store(settings, {})
    # The client that is refused leaves its lock file open, which Python warns of.
    with pytest.raises(StoreUnavailableError, match="already accessed"):
        open_store(settings, {})
    store.close()
    open_store(settings, {}).close()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StoreUnavailableError, match=str(file)):
        open_store(StoreSettings(engine="qdrant", url=f"path:{file}/qdrant"), {})


def test_namespaces_are_apart(tmp_path: Path) -> None:
    settings = StoreSettings(engine="qdrant", url=f"path:{tmp_path / 'qdrant'}")
    store = open_store(settings, {})
    store.create(spec())
    store.point_alias("docs", NAME)
    store.close()
    other = open_store(settings.model_copy(update={"namespace": "other"}), {})
    assert (other.names(), other.alias("docs"), other.spec(NAME)) == ([], None, None)
    other.close()


def test_rare_words_weigh_more_in_a_hybrid_search(tmp_path: Path) -> None:
    store = open_store(StoreSettings(engine="qdrant", url=f"path:{tmp_path / 'qdrant'}"), {})
    store.create(spec())
    texts = ["nothing of it", "frobnicator", "common common", *["common words"] * 8]
    points = [point(f"doc-{n}", n, text=text, vector=direction(1, n)) for n, text in enumerate(texts)]
    store.upsert(NAME, points)
    # By how often they hold its words, 2 would be first.
    assert [hit.ordinal for hit in store.hybrid(NAME, direction(1), "common frobnicator", 2)] == [1, 2]
    store.close()


def test_keywords_are_words_without_case_and_marks() -> None:
    text, query = keywords_of_text("Straße, STRASSE; snake_case"), keywords_of_query("strasse case missing case")
    assert len(text.indices) == 3
    assert len(query.indices) == 3
    assert set(query.values) == {1.0}
    assert len(set(query.indices) & set(text.indices)) == 2
    assert max(text.values) == dict(zip(text.indices, text.values, strict=True))[keywords_of_query("straße").indices[0]]
    assert max([*text.indices, *query.indices]) < 2**32
