"""Schemas of what policies can be configured with, as far as several are of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def texts(description: str, default: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a list of texts."""
    return {"type": "array", "items": {"type": "string"}, "description": description, "default": list(default)}


def relaxed_environments(description: str = "Environments in which it does not hold") -> dict[str, Any]:
    """Return the key `relaxed_environments`: the environments of which less is asked, development by default."""
    return {"relaxed_environments": texts(description, ["dev"])}
