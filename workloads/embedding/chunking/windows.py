"""Windows over the tokens of a text: each ends at the best break in reach, the next begins with its overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from workloads.embedding.chunking.breaks import Breaks
from workloads.embedding.chunking.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Fit:
    """What a window may hold."""

    tokens: int
    characters: int
    overlap: int
    """Tokens of the window before, at most."""

    def holds(self, tokens: int, characters: int) -> bool:
        """Tell whether a window holds so much."""
        return tokens <= self.tokens and characters <= self.characters


@dataclass(frozen=True, slots=True)
class Window:
    """A range of tokens, by index."""

    first: int
    fresh: int
    """First token that no window before has."""
    stop: int
    """Token after the last."""


class Windows:
    """Cuts one window after the other."""

    def __init__(self, text: str, tokens: Tokens, breaks: Breaks, fit: Fit, fresh: int) -> None:
        """Begin at the first token; what stands before the character `fresh` is overlap."""
        self._text = text
        self._tokens = tokens
        self._breaks = breaks
        self._fit = fit
        self.first = self._past_blanks(0)
        """Where the window that is due begins."""
        self.fresh = self._past_blanks(bisect_left(tokens.starts, fresh))

    def cut(self) -> Window:
        """Return the window that is due; the next is due then."""
        stop = self._stop()
        window = Window(self.first, self.fresh, stop)
        self.fresh = self._past_blanks(stop)
        self.first = min(self._past_blanks(self._overlap_start(window)), self.fresh)
        return window

    def _stop(self) -> int:
        reach = self._reach(self.first)
        if reach <= self.fresh:  # the overlap leaves no room
            self.first = self.fresh
            reach = max(self._reach(self.first), self.fresh + 1)
        if reach >= len(self._tokens):
            return len(self._tokens)
        stop = self._breaks.best(self.fresh, self.first, reach)
        if stop is not None:
            return stop
        middle = max(self.fresh, (self.first + reach) // 2)
        return next((token for token in range(reach, middle, -1) if self._begins_word(token)), reach)

    def _reach(self, first: int) -> int:
        """Return the token after the last that a window may hold."""
        tokens = self._tokens
        reach = min(first + self._fit.tokens, len(tokens))
        farthest = tokens.starts[first] + self._fit.characters
        return reach if tokens.ends[reach - 1] <= farthest else bisect_right(tokens.ends, farthest)

    def _overlap_start(self, before: Window) -> int:
        """Return where the window behind begins: so that what it begins with still fits as a whole."""
        begin = before.stop
        if begin >= len(self._tokens):
            return begin
        earliest = max(begin - self._fit.overlap, before.fresh + 1)
        longest = begin + self._fit.tokens
        unit = self._breaks.first(begin + 1, longest + 1) or (len(self._tokens) if len(self._tokens) <= longest else 0)
        if unit:
            farthest = self._tokens.ends[unit - 1] - self._fit.characters
            earliest = max(earliest, unit - self._fit.tokens, bisect_left(self._tokens.starts, farthest))
        if earliest >= begin:
            return begin
        start = self._breaks.first(earliest, begin)
        if start is not None:
            return start
        if self._breaks.is_intact(begin - 1):
            return begin
        return next((token for token in range(earliest, begin) if self._begins_word(token)), earliest)

    def _past_blanks(self, token: int) -> int:
        """Return the first token from here on that is more than white space, as byte-level tokenizers have them."""
        tokens = self._tokens
        while token < len(tokens) and self._text[tokens.starts[token] : tokens.ends[token]].isspace():
            token += 1
        return token

    def _begins_word(self, token: int) -> bool:
        start = self._tokens.starts[token]
        return start > self._tokens.ends[token - 1] or self._text[start].isspace()
