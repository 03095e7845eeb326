"""An HTTP server of this machine that answers in the background."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LocalServer(ThreadingHTTPServer):
    """Answers on this machine only; port 0 takes any that is free. Who asked may go away at any time."""

    daemon_threads = True  # an answer that hangs does not hold the end up

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], address: str = "127.0.0.1") -> None:
        super().__init__((address, port), handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what went wrong here: a program that was killed, or a page that was closed, did not."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(server: LocalServer) -> Generator[int]:
    """The server's port, at which it answers until the block ends."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
