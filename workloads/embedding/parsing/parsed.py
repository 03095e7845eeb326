"""What a parser makes of a document's bytes, and how text with blocks is put together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from workloads.embedding.records import Block, BlockKind

_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Text with its structure and what the document says of itself."""

    text: str
    blocks: tuple[Block, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As it was found; `workloads.embedding.parsing.metadata` makes it flat."""


class TextBuilder:
    """Puts blocks under one another, an empty line between them; items of a list follow each other line by line."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self.title: str | None = None
        """The first heading's words."""

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        """Add a block; one of white space alone is left out."""
        text = clean(text).strip("\n")
        if not text.strip():
            return
        last = self._blocks[-1] if self._blocks else None
        follows = last is not None and last.kind == kind == "list"
        if kind == "heading" and self.title is None:
            self.title = text
        gap = "\n" if follows else "\n\n" if last else ""
        start = self._length + len(gap)
        self._pieces += (gap, text)
        self._length = start + len(text)
        if last is not None and follows:
            self._blocks[-1] = Block(kind, last.start, self._length)
        else:
            self._blocks.append(Block(kind, start, self._length, level))

    def parsed(self, metadata: Mapping[str, Any]) -> Parsed:
        """Return all of it."""
        return Parsed("".join(self._pieces), tuple(self._blocks), metadata)


def clean(text: str) -> str:
    """Return a text that every engine stores: line ends are `\\n`; no control characters, no halves of characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _NOT_TEXT.sub("", text)).replace("\f", "\n")
