"""What Prometheus gets of a run."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rehearsal.cluster.ports import free_ports
from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import run, text
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.embedding.ingest.metrics import Metrics
from workloads.faults import InputError, ProgramError


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    """Those of a run."""
    begun = run(tmp_path, MemoryStore(), MemorySource({"a.txt": text("a"), "b.txt": b"", "c.pdf": b"no"}))
    begun.carry_out()
    return begun.metrics


def test_a_run_is_counted(metrics: Metrics) -> None:
    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, {"index": "docs"} | labels)

    assert value("embedding_ingest_documents_total", fate="done") == 1
    assert value("embedding_ingest_documents_total", fate="skipped") == 1
    assert value("embedding_ingest_documents_total", fate="failed") == 1
    assert value("embedding_ingest_documents_total", fate="removed") == 0
    assert value("embedding_ingest_chunks_total") == value("embedding_visible_chunks") == 5
    assert (value("embedding_ingest_tokens_total") or 0) > 100
    assert value("embedding_ingest_outcome", outcome="incomplete") == 1
    assert value("embedding_ingest_outcome", outcome="complete") == 0
    assert value("embedding_ingest_complete_timestamp_seconds") is None
    for stage in ("read", "chunk", "embed", "write", "publish"):
        assert (value("embedding_ingest_stage_seconds_total", stage=stage) or 0) > 0


def test_they_are_left_in_a_file(metrics: Metrics, tmp_path: Path) -> None:
    metrics.write(tmp_path / "run.prom")
    assert 'embedding_ingest_documents_total{fate="done",index="docs"} 1.0' in (tmp_path / "run.prom").read_text()
    with pytest.raises(InputError, match="--metrics-file"):
        metrics.write(tmp_path / "none" / "run.prom")


def test_they_are_pushed(metrics: Metrics) -> None:
    got: list[tuple[str, bytes]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - quiet
            pass

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        metrics.push(f"http://127.0.0.1:{server.server_port}")
        thread.join()
    ((path, body),) = got
    assert path == "/metrics/job/embedding_ingest/index/docs"
    assert b"embedding_ingest_chunks_total" in body
    with pytest.raises(ProgramError, match="--push-gateway"):
        metrics.push("http://127.0.0.1:1")


def test_they_are_served(metrics: Metrics) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - what a server of every interface would want
        port = int(taken.getsockname()[1])
        taken.listen()
        with pytest.raises(InputError, match=f"--metrics-port {port}"):
            metrics.serve(port)
    stop = None
    for port in free_ports(3):  # another process may take one before it is used
        with contextlib.suppress(InputError):
            stop = metrics.serve(port)
            break
    assert stop is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"embedding_ingest_outcome" in answer.read()
    stop()
