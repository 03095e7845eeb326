"""What is known of the service from outside: an id per request, a log line, and metrics.

Neither log nor metrics hold a question's words.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workloads.embedding.search.problems import unforeseen
from workloads.embedding.search.question import Answer
from workloads.logs import trace_of

_log: Final = structlog.stdlib.get_logger("search")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PROBES: Final = ("/healthz", "/readyz", "/metrics")
_NOT_ANSWERED: Final = 499
"""nginx's word for a caller that went away before the answer."""


class SearchMetrics:
    """The service's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "embedding_search_requests", "Requests answered.", ["path", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "embedding_search_request_seconds",
            "From request to answer.",
            ["path"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "embedding_search_stage_seconds",
            "Of a search: embedding of the question, and the vector database.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.open = Gauge("embedding_search_open_requests", "Requests being answered.", registry=self.registry)
        self.hits = Histogram(
            "embedding_search_hits", "Hits of an answer.", buckets=(0, 1, 5, 10, 50, 100), registry=self.registry
        )
        self.behind = Gauge(
            "embedding_search_behind",
            "1 while answers come from a collection that the index has moved on from.",
            registry=self.registry,
        )

    def count(self, answer: Answer) -> None:
        """Count an answer in."""
        self.stages.labels("embed").observe(answer.embedding_seconds)
        self.stages.labels("store").observe(answer.store_seconds)
        self.hits.observe(len(answer.hits))
        self.behind.set(not answer.target.live)


class Observation:
    """Gives each request an id, counts it, and writes a line when it is answered; probes write none."""

    def __init__(self, app: ASGIApp, metrics: SearchMetrics, paths: Sequence[str]) -> None:
        """`paths` are those that count under their own names; what else is asked for counts as `other`."""
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        brought = headers.get("x-request-id", "")
        known_as = brought if _REQUEST_ID.fullmatch(brought) else uuid.uuid4().hex
        scope["request_id"] = known_as
        path = scope["path"] if scope["path"] in self._paths else "other"
        status = _NOT_ANSWERED
        started = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)["X-Request-ID"] = known_as
            await send(message)

        with structlog.contextvars.bound_contextvars(**trace_of(headers.get("traceparent", ""))):
            try:
                with self._metrics.open.track_inprogress():
                    await self._app(scope, receive, noted)
            except Exception as error:
                # Whatever it is, the caller gets an answer and the log the reason.
                if status != _NOT_ANSWERED:
                    raise
                await unforeseen(Request(scope), error)(scope, receive, noted)
            finally:
                seconds = time.perf_counter() - started
                method = scope["method"] if scope["method"] in ("GET", "POST") else "other"
                self._metrics.requests.labels(path, method, status).inc()
                self._metrics.seconds.labels(path).observe(seconds)
                if path not in _PROBES:
                    _log.info("answered", request_id=known_as, path=path, status=status, seconds=round(seconds, 4))
