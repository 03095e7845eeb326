"""A stand-in for Pinecone's control plane: indexes by name, as the client of 2026-07 writes and reads them.

It refuses what the published API refuses of these calls: a second index of a name, and changes of what is fixed.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

CHANGEABLE = {"deletion_protection", "tags", "deployment"}


class ControlPlane:
    """Indexes, and the requests that changed them."""

    def __init__(self) -> None:
        self.indexes: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, dict[str, Any]]] = []
        self.refuses_with: int | None = None
        self.taken_meanwhile: dict[str, Any] | None = None
        """An index that somebody else makes just before ours is."""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body."""
        name = path.removeprefix("/indexes").strip("/") or str(body.get("name"))
        if self.refuses_with is not None:
            return _error(self.refuses_with, "REFUSED")
        if method == "GET":
            return (200, self.indexes[name]) if name in self.indexes else _error(404, "NOT_FOUND")
        self.writes.append((method, name, body))
        if method == "POST":
            if self.taken_meanwhile is not None:
                self.indexes[name], self.taken_meanwhile = self.taken_meanwhile, None
            if name in self.indexes:
                return _error(409, "ALREADY_EXISTS")
            self.indexes[name] = standing(**body)
            return 201, self.indexes[name]
        if set(body) - CHANGEABLE:
            return _error(400, "INVALID_ARGUMENT")
        index = self.indexes[name]
        index["deployment"] |= body.pop("deployment", {})
        index |= body
        return 202, index


def standing(name: str, **changes: Any) -> dict[str, Any]:
    """An index as the API describes it."""
    vectors = {"type": "dense_vector", "dimension": 384, "metric": "cosine"}
    index: dict[str, Any] = {
        "name": name,
        "host": f"{name}-1.svc.example.pinecone.io",
        "status": {"ready": True, "state": "Ready"},
        "schema": {"fields": {"_values": vectors}},
        "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
        "deletion_protection": "enabled",
        "tags": {},
    }
    return index | changes


def _error(status: int, code: str) -> tuple[int, dict[str, Any]]:
    return status, {"status": status, "error": {"code": code, "message": code.lower()}}


def _handler(plane: ControlPlane) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            status, answer = plane.answer(self.command, self.path, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def served(plane: ControlPlane) -> Generator[str]:
    """Serve it on loopback; yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(plane))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
