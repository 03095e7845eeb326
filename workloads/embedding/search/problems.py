"""Faults as the service answers them: `application/problem+json` (RFC 9457), with a code for programs.

What is the caller's to mend is told in full. What is the service's to mend is told by its id only: messages of
databases and endpoints name hosts and users, which callers need not know; the log has them.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from workloads.embedding.faults import EmbedderError, StoreUnavailableError
from workloads.embedding.search.messages import Problem
from workloads.embedding.search.reader import IndexMissingError
from workloads.faults import AccessError, InputError, ProgramError

_log: Final = structlog.stdlib.get_logger("search")
COME_AGAIN_SECONDS: Final = "1"


class OverloadedError(ProgramError):
    """More searches wait than can be answered in time."""


class SlowAnswerError(ProgramError):
    """The time for an answer is over."""


class KeyRefusedError(ProgramError):
    """The caller brought no key, or not the right one."""


class Answered(NamedTuple):
    """How a kind of fault is answered."""

    status: HTTPStatus
    code: str
    title: str
    told: bool
    """Whether the message is the caller's to read"""


_FAULTS: Final[Mapping[type, Answered]] = {
    KeyRefusedError: Answered(HTTPStatus.UNAUTHORIZED, "key_refused", "A key is needed", told=True),
    InputError: Answered(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", "The question can't be asked", told=True),
    OverloadedError: Answered(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "Too many searches at a time", told=True),
    SlowAnswerError: Answered(HTTPStatus.GATEWAY_TIMEOUT, "timeout", "No answer in time", told=True),
    IndexMissingError: Answered(
        HTTPStatus.SERVICE_UNAVAILABLE, "index_missing", "The index has no collection", told=False
    ),
    StoreUnavailableError: Answered(
        HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable", "The vector database can't answer now", told=False
    ),
    EmbedderError: Answered(
        HTTPStatus.SERVICE_UNAVAILABLE, "embedder_unavailable", "The model can't answer now", told=False
    ),
    AccessError: Answered(
        HTTPStatus.SERVICE_UNAVAILABLE, "access_refused", "The service's own credentials were refused", told=False
    ),
    ProgramError: Answered(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "The search failed", told=False),
}
"""The nearest class of an error counts."""

_HTTP_CODES: Final[Mapping[int, str]] = {404: "not_found", 405: "method_not_allowed", 413: "body_too_long"}

CODES: Final = sorted({fault.code for fault in _FAULTS.values()} | {"body_too_long"})
"""Those that a search may answer with."""


def request_id(request: Request) -> str:
    """Return the id under which the log knows a request."""
    return str(request.scope.get("request_id", ""))


def answer_faults(app: FastAPI) -> None:
    """Make an app answer every fault that can be foreseen as a problem."""

    @app.exception_handler(ProgramError)
    async def our_fault(request: Request, error: ProgramError) -> JSONResponse:
        status, code, title, told = next(_FAULTS[kind] for kind in type(error).__mro__ if kind in _FAULTS)
        if not told:
            _log.error("search failed", request_id=request_id(request), code=code, reason=str(error))
        detail = str(error) if told else "Come again; the request's id finds the reason in the service's log."
        headers = {}
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
            headers["Retry-After"] = COME_AGAIN_SECONDS
        elif status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return _problem(request, status, code, title, detail, headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        # The input itself is not given back: it may be long, and it is the caller's anyway.
        errors = [
            {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors()
        ]
        detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors[:3])
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _problem(request, status, "bad_request", "The request is malformed", detail, {}, errors)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        code = _HTTP_CODES.get(status, f"http_{status}")
        return _problem(request, status, code, status.phrase, str(error.detail), dict(error.headers or {}))


def unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to an error that nobody thought of; the log gets where it came from."""
    # As text: a log that is shown to people would print the values of variables too, and those are questions.
    origin = "".join(traceback.format_exception(error))
    _log.error("search failed", request_id=request_id(request), code="failed", traceback=origin)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(request, status, "failed", "The search failed", "The request's id finds it in the log.", {})


def _problem(
    request: Request,
    status: HTTPStatus,
    code: str,
    title: str,
    detail: str,
    headers: dict[str, str],
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    body = Problem(
        title=title,
        status=status,
        code=code,
        detail=detail,
        request_id=request_id(request),
        errors=list(errors or []),
    )
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")
