"""A stand-in for one Pinecone index: its HTTP API on this machine, with the rules of `pinecone_rules`.

The service itself can't be reached from here and has no server to run. What this proves is that the adapter speaks the
published API through the real client, and bears writes that are seen late; not how the service searches: this one looks
at every vector.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import numpy as np

from tests.workloads.embedding.stores import pinecone_rules as rules
from workloads.embedding.records import Vector

Record = dict[str, Any]
Answer = tuple[dict[str, Any], dict[str, str]]
"""Body and headers."""
INVALID_ARGUMENT: Final = 3
PAGE: Final = 100
OF_NAMESPACES: Final = frozenset({"query", "fetch", "list", "fetch_by_metadata", "delete"})


@dataclass
class StubIndex:
    """Records by namespace; a write is seen after `lag` seconds."""

    dimension: int
    metric: str
    lag: float = 0.0
    failing: int | None = None
    """HTTP status that every request is answered with."""
    misses: bool = False
    """Whether a namespace that was never written is answered with 404, in place of nothing; which, is not published."""
    namespaces: dict[str, dict[str, Record]] = field(default_factory=dict[str, dict[str, Record]])
    requests: list[str] = field(default_factory=list[str])
    _pending: deque[tuple[float, int, Callable[[], None]]] = field(
        default_factory=deque[tuple[float, int, Callable[[], None]]]
    )
    _written: int = 0
    _seen: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, operation: str, request: Mapping[str, Any], size: int) -> Answer:
        """Carry out an operation. Raises `rules.Refused`."""
        with self._lock:
            self.requests.append(operation)
            while self._pending and self._pending[0][0] <= time.monotonic():
                _, self._seen, write = self._pending.popleft()
                write()
            if self.misses and operation in OF_NAMESPACES and request.get("namespace", "") not in self.namespaces:
                raise KeyError(request.get("namespace"))
            return getattr(self, f"_{operation}")(request, size)

    def _records(self, request: Mapping[str, Any]) -> dict[str, Record]:
        return self.namespaces.get(request.get("namespace", ""), {})

    def _later(self, write: Callable[[], None]) -> dict[str, str]:
        self._written += 1
        self._pending.append((time.monotonic() + self.lag, self._written, write))
        return {"x-pinecone-request-lsn": str(self._written)}

    def _upsert(self, request: Mapping[str, Any], size: int) -> Answer:
        rules.require_upsert(request, size, self.dimension)
        vectors = request["vectors"]

        for vector in vectors:
            metadata = vector.setdefault("metadata", {})
            # Numbers are kept as floats, whole or not.
            metadata.update({key: float(value) for key, value in metadata.items() if type(value) is int})

        def write() -> None:
            records = self.namespaces.setdefault(request.get("namespace", ""), {})
            for vector in vectors:
                records[vector["id"]] = vector | {"array": np.asarray(vector["values"], dtype=np.float32)}

        return {"upsertedCount": len(vectors)}, self._later(write)

    def _delete(self, request: Mapping[str, Any], size: int) -> Answer:
        del size
        rules.require_delete(request)

        def write() -> None:
            records = self._records(request)
            for each in list(records):
                if (
                    request.get("deleteAll")
                    or each in request.get("ids", ())
                    or (request.get("filter") and rules.meets(records[each]["metadata"], request["filter"]))
                ):
                    del records[each]

        return {}, self._later(write)

    def _query(self, request: Mapping[str, Any], size: int) -> Answer:
        del size
        rules.require_query(request, self.dimension)
        asked = request.get("filter") or {}
        found = [record for record in self._records(request).values() if rules.meets(record["metadata"], asked)]
        query = np.asarray(request["vector"], dtype=np.float32)
        scores = self._scores(query, np.asarray([record["array"] for record in found]))
        nearest = np.argsort(scores if self.metric == "euclidean" else -scores, kind="stable")[: request["topK"]]
        shown = ["id", *(key for key in ("values", "metadata") if request.get(f"include{key.capitalize()}"))]
        matches = [{"score": float(scores[at]), **{key: found[at][key] for key in shown}} for at in nearest]
        body = {"matches": matches, "namespace": request.get("namespace", ""), "usage": {"readUnits": 1}}
        rules.require(len(json.dumps(body)) <= rules.MOST_RESULT_BYTES, "Query result exceeds 4 MB")
        return body, {"x-pinecone-max-indexed-lsn": str(self._seen)}

    def _scores(self, query: Vector, vectors: Vector) -> Vector:
        if not len(vectors):
            return np.zeros(0, dtype=np.float32)
        if self.metric == "euclidean":
            return np.square(vectors - query).sum(axis=1)
        product = vectors @ query
        if self.metric == "dotproduct":
            return product
        return product / np.maximum(np.linalg.norm(vectors, axis=1) * np.linalg.norm(query), 1e-12)

    def _fetch(self, request: Mapping[str, Any], size: int) -> Answer:
        del size
        ids = request.get("ids", [])
        rules.require(1 <= len(ids) <= rules.MOST_RECORDS, f"{len(ids)} ids: allowed: 1 to {rules.MOST_RECORDS}")
        records = self._records(request)
        return {
            "vectors": {each: _shown(records[each]) for each in ids if each in records},
            "usage": {"readUnits": 1},
        }, {}

    def _list(self, request: Mapping[str, Any], size: int) -> Answer:
        del size
        rules.require_page("list", request.get("limit", PAGE))
        ids = [each for each in self._records(request) if each.startswith(request.get("prefix", ""))]
        page, more = _page(sorted(ids), request)
        return {"vectors": [{"id": each} for each in page], **more, "usage": {"readUnits": 1}}, {}

    def _fetch_by_metadata(self, request: Mapping[str, Any], size: int) -> Answer:
        del size
        rules.require_page("fetch_by_metadata", request.get("limit", PAGE))
        rules.require(request.get("filter"), "filter: needs at least one condition")
        rules.require_filter(request["filter"])
        records = self._records(request)
        found = [each for each, record in records.items() if rules.meets(record["metadata"], request["filter"])]
        page, more = _page(sorted(found), request)
        return {"vectors": {each: _shown(records[each]) for each in page}, **more, "usage": {"readUnits": 1}}, {}

    def _describe_index_stats(self, request: Mapping[str, Any], size: int) -> Answer:
        del request, size
        counts = {name: {"vectorCount": len(records)} for name, records in self.namespaces.items()}
        total = sum(count["vectorCount"] for count in counts.values())
        shape = {"dimension": self.dimension, "metric": self.metric, "vectorType": "dense", "indexFullness": 0}
        return {"namespaces": counts, "totalVectorCount": total, **shape}, {}


def _shown(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "array"}


def _page(ids: list[str], request: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return the ids of a page, which starts after the token, and what tells of the next."""
    after = request.get("paginationToken", "")
    limit = request.get("limit", PAGE)
    remaining = [each for each in ids if each > after]
    page = remaining[:limit]
    return page, {"pagination": {"next": page[-1]}} if len(remaining) > limit else {}


OPERATIONS: Final = {
    ("POST", "/vectors/upsert"): "upsert",
    ("POST", "/vectors/delete"): "delete",
    ("POST", "/query"): "query",
    ("GET", "/vectors/fetch"): "fetch",
    ("GET", "/vectors/list"): "list",
    ("POST", "/vectors/fetch_by_metadata"): "fetch_by_metadata",
    ("POST", "/describe_index_stats"): "describe_index_stats",
}


def _handler(index: StubIndex, key: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer is two writes, and the client acknowledges the first one late.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            operation = OPERATIONS.get((self.command, url.path))
            if index.failing:
                self._answer(index.failing, {"code": 13, "message": "told to fail"}, {})
            elif self.headers.get("Api-Key") != key:
                self._answer(401, {"code": 16, "message": "Invalid API Key"}, {})
            elif operation is None:
                self._answer(404, {"code": 5, "message": f"no {self.command} {url.path}"}, {})
            else:
                try:
                    request = _parameters(url.query) if self.command == "GET" else json.loads(content)
                    rules.require(self.headers.get("X-Pinecone-Api-Version"), "X-Pinecone-Api-Version is missing")
                    self._answer(200, *index.answer(operation, request, len(content)))
                except KeyError as error:
                    self._answer(404, {"code": 5, "message": f"Namespace not found: {error}"}, {})
                except (rules.Refused, ValueError) as error:
                    self._answer(400, {"code": INVALID_ARGUMENT, "message": str(error), "details": []}, {})

        def _answer(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _parameters(query: str) -> dict[str, Any]:
    given = parse_qs(query, keep_blank_values=True)
    plain: dict[str, Any] = {name: values[0] for name, values in given.items() if name != "ids"}
    if "limit" in plain:
        plain["limit"] = int(plain["limit"])
    return {**plain, **({"ids": given["ids"]} if "ids" in given else {})}


@contextmanager
def served(index: StubIndex, key: str) -> Generator[str]:
    """Serve an index on a free port; yields its host as the client takes it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(index, key))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
