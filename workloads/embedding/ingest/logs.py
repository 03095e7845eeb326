"""Logs are JSON lines on stderr, but words where a person reads them."""

from __future__ import annotations

import sys

import structlog


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
