"""Markdown of GitHub in which any text stays text: names can neither break a table nor call a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>&|~!$@#]|://|www\.|GH-")
"""What means something inside a line, beside what stands at a line's begin."""
PLAIN: Final = re.compile(r"[^`|\\]+")
"""What a code span can hold as it is, in a table too."""
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LINE_BEGIN: Final = re.compile(r"^(?:[-+=:]|(\d+)[.)](?=\s|$))")
ZERO_WIDTH: Final = "&#8203;"
"""Parts a sign from what follows it, which then calls nobody and links nowhere."""


def plain(text: str) -> str:
    """Return a text on one line without signs that nobody sees, such as those that turn the direction of writing."""
    if text.isprintable():
        return " ".join(text.split())
    told = "".join(" " if character.isspace() else character for character in text)
    return " ".join("".join("�" if unicodedata.category(each) in INVISIBLE else each for each in told).split())


def escaped(text: str) -> str:
    """Return a text that is shown as it is."""
    safe = SPECIAL.sub(_harmless, plain(text))
    return LINE_BEGIN.sub(lambda found: f"{found[1] or ''}{_entity_of(found[0][-1])}", safe)


def code(text: str) -> str:
    """Return a text as code; empty where there is none."""
    told = plain(text)
    if not told:
        return ""
    if PLAIN.fullmatch(told):
        return f"`{told}`"
    return f"<code>{escaped(told)}</code>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Return the lines of a table; cells are Markdown already, on one line and without a bar."""
    marks = [" --: " if index in right else " --- " for index in range(len(columns))]
    return [_row(columns), f"|{'|'.join(marks)}|", *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def details(summary: str, lines: Iterable[str]) -> list[str]:
    """Return lines that are folded away under a summary, which holds no text of others."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"]


def _harmless(found: re.Match[str]) -> str:
    """Return a sign as an entity, or one that would make a link or call a person parted from what follows it."""
    sign = found[0]
    if sign in ("@", "#"):
        return f"{sign}{ZERO_WIDTH}"
    if len(sign) > 1:
        return f"{sign[:-1]}{ZERO_WIDTH}{sign[-1]}"
    return _entity_of(sign)


def _entity_of(character: str) -> str:
    return f"&#{ord(character)};"
