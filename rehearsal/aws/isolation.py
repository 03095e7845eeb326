"""Keeps the emulated account to itself: the user's AWS settings stay out, and requests stay in."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from rehearsal.aws.errors import NotEmulatedError


@contextmanager
def isolated_environment() -> Generator[None]:
    """Hide the user's profile, endpoints and settings from boto3 and moto, which read them on import."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with patch.dict(os.environ, {**kept, **nowhere}, clear=True):
        yield


def refuse_to_leave(request: Any, **_: Any) -> None:
    """Refuse what moto's stub would let out to the real network: every name but amazonaws.com's."""
    host = urlsplit(request.url).hostname or ""
    if not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        raise NotEmulatedError(f"moto does not answer for {host}")
