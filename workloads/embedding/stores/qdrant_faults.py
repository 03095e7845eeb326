"""What errors of Qdrant's client mean for a user of the pipeline."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.faults import AccessError, ProgramError

LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@contextmanager
def faults(doing: str) -> Generator[None]:
    """Turn an error of the client, or of its local mode, into one of ours, with what was being done."""
    try:
        yield
    except UnexpectedResponse as error:
        raise _refused(doing, error) from error
    except ResponseHandlingException as error:
        if isinstance(error.source, httpx.HTTPError):
            raise StoreUnavailableError(f"{doing}: {error.source or type(error.source).__name__}") from error
        raise StoreError(f"{doing}: an answer that Qdrant's client does not understand: {error.source}") from error
    except (ResourceExhaustedResponse, sqlite3.OperationalError, OSError) as error:
        raise StoreUnavailableError(f"{doing}: {error}") from error
    except RuntimeError as error:
        # Local mode: another process holds the folder.
        raise StoreUnavailableError(f"{doing}: {error}") from error
    except ValueError as error:
        # Local mode refuses with it what a server answers 400 to.
        raise StoreError(f"{doing}: {error}") from error


def _refused(doing: str, error: UnexpectedResponse) -> ProgramError:
    status = error.status_code or 0
    message = f"{doing}: Qdrant answered {status}: {_said(error.content)}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AccessError(message)
    if status in LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailableError(message)
    return StoreError(message)


def _said(content: bytes) -> str:
    try:
        answer: Any = json.loads(content)
        return str(answer["status"]["error"])
    except (ValueError, KeyError, TypeError):
        return content[:200].decode(errors="replace").strip() or "nothing"
