"""Serves an app until it is told to end: no new connections, open requests are answered, then the process ends."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from workloads.faults import InputError

_LONGEST_IDLE_SECONDS: Final = 75
"""Longer than the 60 s after which load balancers drop idle connections, so that it is they who close."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound; port 0 takes a free one. `InputError` where that can't be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(f"--host {host} --port {port}: {os.strerror(error.errno or 0)}") from error


def serve(app: FastAPI, listening: socket.socket, grace_seconds: float, started: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; a second SIGINT ends without waiting for open requests."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_LONGEST_IDLE_SECONDS,
        timeout_graceful_shutdown=max(1, round(grace_seconds)),
    )
    server = uvicorn.Server(config)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # Uvicorn takes signals over while it runs, then raises them again for who was there before it: being told to end is
    # no fault, so that must not be Python's own handlers. A signal that comes before uvicorn's time counts too.
    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        started()
        server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        listening.close()
