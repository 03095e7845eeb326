"""Long sequences in pieces that are taken at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give the items in order, at most `size` at a time; no more of them are read than were given."""
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
