"""The search service: an HTTP API for programs that look things up, such as RAG applications."""

from __future__ import annotations

import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from workloads.embedding.search.body_limit import BodyLimit
from workloads.embedding.search.kept_drift import KeptDrift
from workloads.embedding.search.messages import Problem, SearchRequest, SearchResponse
from workloads.embedding.search.observation import Observation, SearchMetrics
from workloads.embedding.search.problems import KeyRefusedError, answer_faults
from workloads.embedding.search.question import Mode, Question, parse_where
from workloads.embedding.search.reader import Reader
from workloads.embedding.search.workers import Workers
from workloads.embedding.settings import SearchSettings
from workloads.faults import InputError

_FILTER_BYTES: Final = 64 * 1024
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "No key, or a wrong one."},
    413: {"model": Problem, "description": "The body is longer than any question."},
    422: {"model": Problem, "description": "The request is malformed, or the engine can't do what it asks for."},
    503: {"model": Problem, "description": "Database, model or service can't answer now; come again."},
    504: {"model": Problem, "description": "No answer in time."},
}
_PROBE_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: _PROBLEMS[status] for status in (503, 504)}
_BEARER: Final = HTTPBearer(auto_error=False, description="The key that the service was started with, if any.")


def service(
    reader: Reader, settings: SearchSettings, api_key: str | None = None, drift: KeptDrift | None = None
) -> FastAPI:
    """Return the service's app.

    With `api_key`, searches need it as bearer token; health, metrics and the OpenAPI document never do. The app closes
    the reader when it ends. The metrics of `drift` stand among its own.
    """
    metrics = SearchMetrics()
    workers = Workers(settings.concurrency, settings.timeout_seconds)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        with drift.followed() if drift is not None else nullcontext():
            yield
        workers.close()
        reader.close()

    app = FastAPI(
        title="Embedding search",
        version="1",
        description=f"Finds the chunks of an index that answer a question. A query has at most "
        f"{settings.longest_query} characters; k is {settings.default_k} unless given, at most {settings.most_k}.",
        lifespan=life,
        redoc_url=None,
    )
    answer_faults(app)

    def check_key(brought: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        given = brought.credentials if brought is not None else ""
        if api_key is not None and not hmac.compare_digest(given.encode(), api_key.encode()):
            raise KeyRefusedError("authorization: needs `Bearer` and the service's key")

    async def answered(question: Question) -> SearchResponse:
        if question.k > settings.most_k:
            raise InputError(f"k {question.k}: allowed: 1 to {settings.most_k}")
        if len(question.text) > settings.longest_query:
            raise InputError(f"query: has {len(question.text)} characters, allowed: {settings.longest_query}")
        answer = await workers.run(lambda: reader.search(question))
        metrics.count(answer)
        return SearchResponse.of(answer)

    @app.post("/search", dependencies=[Depends(check_key)], responses=_PROBLEMS, tags=["search"])
    async def search(request: SearchRequest) -> SearchResponse:
        """Return the chunks nearest to a question, best first."""
        k = request.k or settings.default_k
        return await answered(Question(request.query, k, request.where, request.mode, request.exact))

    @app.get("/search", dependencies=[Depends(check_key)], responses=_PROBLEMS, tags=["search"])
    async def search_by_address(
        q: Annotated[str, Query(min_length=1, description="What to look for.", examples=["how do I roll back?"])],
        k: Annotated[int | None, Query(ge=1, description="Hits at most.")] = None,
        where: Annotated[
            list[str], Query(description="KEY=VALUE; the same key again means one of.", examples=[["lang=en"]])
        ] = [],  # noqa: B006 - FastAPI copies it
        mode: Mode = "vector",
        exact: bool = False,
    ) -> SearchResponse:
        """The same as an address, for shells and browsers."""
        return await answered(Question(q, k or settings.default_k, parse_where(where), mode, exact))

    @app.get("/healthz", tags=["health"])
    async def healthy() -> dict[str, str]:
        """Say that the process answers; whether it can search is `/readyz`'s question."""
        return {"status": "ok"}

    @app.get("/readyz", responses=_PROBE_PROBLEMS, tags=["health"])
    async def ready() -> dict[str, str | bool]:
        """Say which collection a search would go to now."""
        target = await workers.run(reader.target)
        metrics.behind.set(not target.live)
        return {"status": "ok", "collection": target.spec.name, "live": target.live}

    @app.get("/metrics", tags=["health"], response_class=Response)
    async def scraped() -> Response:
        """Return the metrics in Prometheus' text format."""
        text = generate_latest(metrics.registry) + (drift.text if drift is not None else b"")
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    # The last one added is the outermost: what BodyLimit refuses is observed too.
    app.add_middleware(BodyLimit, longest=4 * settings.longest_query + _FILTER_BYTES)
    app.add_middleware(
        Observation, metrics=metrics, paths=["/search", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"]
    )
    return app
