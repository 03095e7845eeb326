"""Logs are JSON lines on stderr, but words where a person reads them."""

from __future__ import annotations

import re
import sys
from typing import Final

import structlog

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""


def log_to_stderr(*, human: bool) -> None:
    """Send what is logged to stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(),
        ],
        # Looked up at each line: whoever runs a command inside a program of his own may have changed it since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def trace_of(traceparent: str) -> dict[str, str]:
    """Fields that lead from a line to the trace of the caller; none without one."""
    match = _TRACEPARENT.fullmatch(traceparent)
    return {"trace_id": match[1], "span_id": match[2]} if match else {}
