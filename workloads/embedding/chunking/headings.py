"""The headings above a place of a document."""

from __future__ import annotations

import re
from typing import Final

from workloads.embedding.records import Document

_SPACE: Final = re.compile(r"\s+")
_LONGEST: Final = 200
"""Characters of a heading that are kept."""
SEPARATOR: Final = " > "
_MARKS: Final = 100
"""Characters, at most, of what stands before a heading's words: `## `, an underline of the heading above it."""


class Headings:
    """A document's headings, asked for one place after the other."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._headings = [block for block in document.blocks if block.kind == "heading"]
        self._next = 0
        self._path: list[tuple[int, str]] = []

    def above(self, position: int) -> str:
        """Return the headings over a position, outermost first: `Install > From source`.

        Those that begin there are among them. Positions must not go back.
        """
        while self._next < len(self._headings):
            heading = self._headings[self._next]
            between = self._text[position : heading.start]
            if heading.start > position and (len(between) > _MARKS or any(map(str.isalnum, between))):
                break
            self._next += 1
            self._path = [outer for outer in self._path if outer[0] < heading.level]
            title = _SPACE.sub(" ", self._text[heading.start : heading.end]).strip()[:_LONGEST]
            if title:
                self._path.append((heading.level, title))
            position = max(position, heading.end)
        return SEPARATOR.join(title for _, title in self._path)
