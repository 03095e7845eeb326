"""Requests to an embedding endpoint: tried again where that can help, with the wait that the endpoint asks for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import tenacity

from workloads.embedding.faults import EmbedderError
from workloads.embedding.settings import EmbedderSettings
from workloads.faults import AccessError

_AGAIN: Final = {408, 409, 424, 425, 429}
"""Beside all of 500 and above; 424 is what Text Embeddings Inference answers when its backend failed."""
_SIGN_IN: Final = {401, 403}
_REFUSED: Final = {400, 413, 422}
_ABSENT: Final = 404
_BROKEN: Final = 500
_LONGEST_WAIT: Final = 120.0
_TOLD: Final = 300
"""Characters of an answer that a message shows."""


class RefusedError(Exception):
    """The endpoint does not take what was sent, whenever it is sent."""


class _TryAgainError(Exception):
    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class Requests:
    """A connection to an endpoint; safe to use from several threads. Closing it ends every wait for a next attempt."""

    def __init__(
        self, settings: EmbedderSettings, environ: Mapping[str, str], transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"User-Agent": "llm-platform-embedding"}
        if settings.api_key_env is not None:
            key = environ.get(settings.api_key_env, "").strip()
            if not key:
                raise AccessError(f"embedder.api_key_env: {settings.api_key_env} is not set")
            if not (key.isascii() and key.isprintable()):  # the message of what refuses it would show it
                raise AccessError(f"embedder.api_key_env: {settings.api_key_env} holds more than printable ASCII")
            headers["Authorization"] = f"Bearer {key}"
        self.url = (settings.url or "").rstrip("/")
        self.closed = threading.Event()
        self._client = httpx.Client(
            headers=headers,
            timeout=settings.timeout_seconds,
            transport=transport,
            limits=httpx.Limits(max_connections=settings.concurrency),
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            stop=tenacity.stop_after_attempt(settings.attempts),
            wait=_wait,
            sleep=tenacity.sleep_using_event(self.closed),
            reraise=True,
        )

    def get(self, path: str) -> Any:
        """Return the JSON at a path; None where there is none."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON that the endpoint answers; `RefusedError` where it never takes the body."""
        answer = self._ask("POST", path, body)
        if answer is None:
            raise EmbedderError(f"{self.url}{path}: 404: embedder.url or embedder.model is wrong")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self.closed.set()
        self._client.close()

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            return self._retrying(self._once, method, f"{self.url}{path}", body)
        except _TryAgainError as error:
            raise EmbedderError(str(error)) from error

    def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> Any:
        if self.closed.is_set():
            raise EmbedderError(f"{url}: closed")
        try:
            response = self._client.request(method, url, json=body)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise EmbedderError(f"embedder.url: {url}: {error}") from error
        except httpx.TransportError as error:
            raise _TryAgainError(f"{url}: {type(error).__name__}: {error}", 0) from error
        status = response.status_code
        said = f"{url}: {status}: {response.text[:_TOLD]}"
        if status in _AGAIN or status >= _BROKEN:
            raise _TryAgainError(said, _asked_wait(response.headers.get("retry-after", "")))
        if status in _SIGN_IN:
            raise AccessError(said)
        if status in _REFUSED:
            raise RefusedError(said)
        if status == _ABSENT:
            return None
        if not response.is_success:
            raise EmbedderError(said)
        try:
            return response.json()
        except ValueError as error:
            raise EmbedderError(f"{url}: answers no JSON: {response.text[:_TOLD]}") from error


_backoff: Final = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _TryAgainError) else 0
    return asked or _backoff(state)


def _asked_wait(header: str) -> float:
    """Return the seconds that `Retry-After` asks for, at most two minutes: a date is only as good as two clocks."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0
    return min(max(0.0, seconds), _LONGEST_WAIT)  # in this order, "nan" is no wait
