"""One row of the refusal tables: an accepted input, changed at one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ABSENT: Final = object()
"""Leaves the property out."""


@dataclass(frozen=True)
class Refused:
    """One input that AWS refuses: the accepted input `base` with `value` at `path`."""

    base: str
    path: str
    value: Any
    because: str


def rows(base: str, *changes: tuple[str, Any, str]) -> tuple[Refused, ...]:
    """Return a row for each change (path, value, why) of one accepted input."""
    return tuple(Refused(base, path, value, because) for path, value, because in changes)
