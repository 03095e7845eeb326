"""Metrics of a run for Prometheus: scraped while it goes on, pushed to a gateway, or left in a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from prometheus_client import CollectorRegistry, Counter, Gauge, push_to_gateway, start_http_server, write_to_textfile

from workloads.embedding.ingest.manifest import FATES, Entry, Summary
from workloads.faults import InputError, ProgramError

OUTCOMES = ("complete", "incomplete", "failed", "interrupted")


class Metrics:
    """The figures of one run of one index."""

    def __init__(self, index: str) -> None:
        self.registry = CollectorRegistry()
        self.index = index
        documents = Counter(
            "embedding_ingest_documents", "Documents, by what became of them", ["index", "fate"], registry=self.registry
        )
        self._fates = {fate: documents.labels(index, fate) for fate in FATES}
        self._chunks = self._counter("embedding_ingest_chunks", "Chunks embedded")
        self._tokens = self._counter("embedding_ingest_tokens", "Tokens embedded, special ones not counted")
        self._stages = Counter(
            "embedding_ingest_stage_seconds", "Time spent, by stage", ["index", "stage"], registry=self.registry
        )
        self._outcomes = Gauge(
            "embedding_ingest_outcome", "1 for how the last run ended", ["index", "outcome"], registry=self.registry
        )
        self._ended = self._gauge("embedding_ingest_ended_timestamp_seconds", "When the last run ended")
        self._complete = self._gauge(
            "embedding_ingest_complete_timestamp_seconds", "When a run last ended without a failed document"
        )
        self._seconds = self._gauge("embedding_ingest_seconds", "How long the last run took")
        self._visible = self._gauge("embedding_visible_chunks", "Chunks that readers find")

    def add(self, entry: Entry) -> None:
        """Count a document."""
        self._fates[entry.fate].inc()
        if entry.fate == "done":
            self._chunks.labels(self.index).inc(entry.chunks)
            self._tokens.labels(self.index).inc(entry.tokens)

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Add the time that the body takes to a stage."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._stages.labels(self.index, name).inc(time.monotonic() - begun)

    def end(self, summary: Summary) -> None:
        """Take down how the run ended."""
        for outcome in OUTCOMES:
            self._outcomes.labels(self.index, outcome).set(outcome == summary.outcome)
        self._ended.labels(self.index).set_to_current_time()
        if summary.outcome == "complete":
            self._complete.labels(self.index).set_to_current_time()
        self._seconds.labels(self.index).set(summary.seconds)
        if summary.visible_chunks is not None:
            self._visible.labels(self.index).set(summary.visible_chunks)

    def serve(self, port: int) -> Callable[[], None]:
        """Serve them on a port of every interface, until what is returned is called."""
        try:
            server, thread = start_http_server(port, registry=self.registry)
        except OSError as error:
            raise InputError(f"--metrics-port {port}: {error.strerror or error}") from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop

    def push(self, gateway: str) -> None:
        """Push them to a gateway, in place of the run's before."""
        try:
            push_to_gateway(gateway, job="embedding_ingest", grouping_key={"index": self.index}, registry=self.registry)
        except (URLError, OSError, ValueError) as error:
            raise ProgramError(f"--push-gateway {gateway}: {error}") from error

    def write(self, file: Path) -> None:
        """Leave them in a file for the node exporter's textfile collector."""
        try:
            write_to_textfile(str(file), self.registry)
        except OSError as error:
            raise InputError(f"--metrics-file {file}: {error.strerror or error}") from error

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, ["index"], registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["index"], registry=self.registry)
