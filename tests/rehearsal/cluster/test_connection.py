"""The connection against a server that is busy. Does not prove when a real API server says so."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from rehearsal.cluster.connection import ApiError, Connection


@contextmanager
def busy_server(refusals: int, folder: Path) -> Generator[tuple[Path, list[str]]]:
    """A server that asks to come again so many times; gives a kubeconfig and the requests it got."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(self.command)
            busy = len(asked) <= refusals
            self.send_response(429 if busy else 200)
            self.send_header("Content-Type", "application/json")
            if busy:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b'{"message": "too many requests, please try again later"}' if busy else b"{}")

        do_GET = do_PATCH = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kubeconfig = folder / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "c"}}
    content = {
        "clusters": [cluster],
        "contexts": [context],
        "users": [{"name": "c", "user": {}}],
        "current-context": "c",
    }
    kubeconfig.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **content}))
    try:
        yield kubeconfig, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_busy_server_is_asked_again(method: str, tmp_path: Path) -> None:
    with busy_server(3, tmp_path) as (kubeconfig, asked), Connection(kubeconfig) as connection:
        assert connection.request(method, "/api/v1/nodes") == {}
    assert asked == [method] * 4


def test_a_server_that_stays_busy_is_told_in_its_own_words(tmp_path: Path) -> None:
    with (
        busy_server(99, tmp_path) as (kubeconfig, asked),
        Connection(kubeconfig) as connection,
        pytest.raises(ApiError, match="please try again later") as refused,
    ):
        connection.request("GET", "/api/v1/nodes")
    assert refused.value.status == 429
    assert len(asked) == 11
