"""Where a text may be cut, and how well: between sections best, inside of a code block worst."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from workloads.embedding.chunking.sentences import sentence_starts
from workloads.embedding.chunking.tokens import Tokens
from workloads.embedding.records import Block

INNER: Final = 1
"""A line inside a code block or table that fits into a window as a whole."""
AFTER_HEADING: Final = 2
"""Between a heading and what it heads."""
EARLY: Final = 3
"""Any of the following in the first half of a window, which cutting there would leave mostly empty."""
SENTENCE: Final = 4
"""A sentence; an item of a list; a line of a code block or table that no window holds."""
BLOCK: Final = 5
HEADING: Final = 6

_BLANK_LINES: Final = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_ITEM: Final = re.compile(r"^[^\S\n]*(?:[-*+•]|\d{1,9}[.)])\s", re.MULTILINE)
_WORD: Final = re.compile(r"\w")
Holds = Callable[[int, int], bool]
"""Whether a window holds so many tokens and so many characters."""


class Breaks:
    """Places between tokens where a text may be cut; each is the index of the token behind it."""

    def __init__(self) -> None:
        self.tokens = array("q")
        self.grades = bytearray()
        self._intact = bytearray()

    def add(self, token: int, grade: int, intact: bool) -> None:
        """Add a place; `intact`: what begins there should stay whole, up to the next place of a better grade."""
        if self.tokens and self.tokens[-1] >= token:  # what is before it holds no token
            self.grades[-1] = max(self.grades[-1], grade)
            self._intact[-1] = intact
        else:
            self.tokens.append(token)
            self.grades.append(grade)
            self._intact.append(intact)

    def best(self, after: int, start: int, until: int) -> int | None:
        """Return the best place in (after, until] to end a window that began at `start`; of equals the last."""
        middle = start + (until - start) // 2
        chosen, best = None, 0
        for place in range(bisect_right(self.tokens, until) - 1, bisect_right(self.tokens, after) - 1, -1):
            token, grade = self.tokens[place], self.grades[place]
            if grade > EARLY and token <= middle:
                grade = EARLY
            if grade > best:
                chosen, best = token, grade
        return chosen

    def first(self, start: int, until: int) -> int | None:
        """Return the first place in [start, until) that begins a sentence, a block or a section."""
        for place in range(bisect_left(self.tokens, start), bisect_left(self.tokens, until)):
            if self.grades[place] >= SENTENCE:
                return self.tokens[place]
        return None

    def is_intact(self, token: int) -> bool:
        """Tell whether a token lies in what should stay whole."""
        place = bisect_right(self.tokens, token) - 1
        return place >= 0 and bool(self._intact[place])


def find_breaks(text: str, blocks: Sequence[Block], tokens: Tokens, start: int, end: int, holds: Holds) -> Breaks:
    """Return where `text[start:end]`, whose tokens are given, may be cut; `holds` says what can stay whole."""
    breaks = Breaks()
    previous = ""
    position = start
    for block in blocks[bisect_right(blocks, start, key=lambda block: block.end) :]:
        if block.start >= end:
            break
        begins = max(position, text.rfind("\n", position, block.start) + 1)
        for paragraph in _paragraphs(text, position, begins):
            _add_block(breaks, tokens, text, Block("paragraph", *paragraph), previous, holds)
            previous = "paragraph"
        position = min(block.end, end)
        _add_block(breaks, tokens, text, Block(block.kind, begins, position), previous, holds)
        previous = block.kind
    for paragraph in _paragraphs(text, position, end):
        _add_block(breaks, tokens, text, Block("paragraph", *paragraph), previous, holds)
        previous = "paragraph"
    return breaks


def _add_block(breaks: Breaks, tokens: Tokens, text: str, block: Block, previous: str, holds: Holds) -> None:
    first, last = tokens.at(block.start), tokens.at(block.end)
    whole = block.kind in ("code", "table") and holds(last - first, block.end - block.start)
    grade = AFTER_HEADING if previous == "heading" else HEADING if block.kind == "heading" else BLOCK
    breaks.add(first, grade, whole)
    if block.kind == "heading":
        return
    inside = INNER if whole else SENTENCE
    for position in _places(text, block):
        breaks.add(tokens.at(position), inside, whole)


def _places(text: str, block: Block) -> Iterator[int]:
    """Give where lines, list items or sentences begin inside a block, in order."""
    if block.kind in ("code", "table"):
        position = text.find("\n", block.start, block.end) + 1
        while 0 < position < block.end:
            yield position
            position = text.find("\n", position, block.end) + 1
    elif block.kind == "list":
        items = [found.start() for found in _LIST_ITEM.finditer(text, block.start, block.end)]
        yield from sorted({*items, *sentence_starts(text, block.start, block.end)} - {block.start})
    else:
        yield from sentence_starts(text, block.start, block.end)


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the paragraphs of what lies in no block; a line of marks alone, such as `====`, is none."""
    while start < end:
        blank = _BLANK_LINES.search(text, start, end)
        stop = blank.start() if blank else end
        if _WORD.search(text, start, stop):
            yield start, stop
        start = blank.end() if blank else end
