"""Refuses request bodies that are longer than any question, before they are read into memory."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Counts the bytes of a body as they come; the header that announces them may be missing, or wrong."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; who reads its body gets status 413 to raise, where it is too long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        too_long = announced.isdigit() and int(announced) > self._longest
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message: Message = {} if too_long else await receive()
            seen += len(message.get("body", b""))
            if too_long or seen > self._longest:
                raise HTTPException(413, f"body: longer than {self._longest} bytes")
            return message

        await self._app(scope, counted, send)
