"""Long sequences in pieces that an engine takes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def slices(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Give the items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
