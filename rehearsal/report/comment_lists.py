"""Lists in the comment of a pull request that are shortened with a count, and texts that are shortened and escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rehearsal.report.change_words import shortened
from rehearsal.report.markdown import code, details, escaped

SENTENCE: Final = 4
"""How many times longer than a value a sentence may be."""


@dataclass(frozen=True)
class Room:
    """How much is told."""

    open_rows: int
    """Of each list that is always open."""
    folded_rows: int
    """Of each list that is folded."""
    width: int
    """Characters of a value or a name."""
    environments: int


def name(text: str, room: Room) -> str:
    """Return a name, a path or a value."""
    return code(shortened(text, room.width))


def sentence(text: str, room: Room) -> str:
    """Return a text of somebody's, such as a message."""
    return escaped(shortened(text, room.width * SENTENCE))


def cell(text: str, room: Room) -> str:
    """Return what stands in a table that others made."""
    return escaped(shortened(text, room.width))


def headed(heading: str, items: Sequence[str], most: int) -> Iterator[str]:
    """Yield a list under a heading; nothing for an empty one."""
    if items:
        yield f"**{heading} ({len(items)})**"
        yield ""
        yield from listed(items, most, heading.lower())


def listed(items: Sequence[str], most: int, what: str) -> Iterator[str]:
    """Yield a list, its end left out where it is too long."""
    yield from (f"- {item}" for item in items[:most])
    if len(items) > most:
        yield f"- and {len(items) - most} more {what} that there is no room for"


def left_out(count: int, what: str) -> Iterator[str]:
    """Yield what stands below a table whose end was left out."""
    if count > 0:
        yield ""
        yield f"and {count} more {what} that there is no room for"


def in_a_row(items: Sequence[str], most: int) -> str:
    """Return a list in a line."""
    told = list(items[:most])
    return ", ".join([*told, f"and {len(items) - len(told)} more"] if len(items) > len(told) else told)


def folded(summary: str, parts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield parts that are folded away, an empty line between them."""
    lines: list[str] = []
    for part in parts:
        lines += [*([""] if lines and part else []), *part]
    yield from details(summary, lines)
