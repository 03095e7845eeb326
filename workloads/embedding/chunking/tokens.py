"""Tokens of a text with where each stands, from the embedding model's own tokenizer."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from tokenizers import Tokenizer

_SEGMENT: Final = 8192
"""Characters that are encoded as one: of 2 to 16 thousand are equally fast, of more slower (cache)."""
_BATCH: Final = 16
"""Segments that are handed over together, so that the tokenizer can use several cores."""


class Tokens:
    """Tokens of a range of a text, in order; positions are characters of the whole text.

    Several tokens may stand for one character (bytes of an emoji), and a character for none (a control character).
    """

    __slots__ = ("ends", "ids", "starts")

    def __init__(self) -> None:
        self.ids = array("q")
        self.starts = array("q")
        self.ends = array("q")

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, position: int) -> int:
        """Return the index of the first token that reaches beyond a position."""
        return bisect_right(self.ends, position)


class Encoder:
    """A tokenizer set up to encode all of a text, and nothing but the text."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        # A copy: the model's tokenizer.json cuts and pads (MiniLM's to 128), which embedding may rely on.
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text

    def encode(self, text: str, start: int, end: int) -> Tokens:
        """Return the tokens of `text[start:end]`."""
        tokens = Tokens()
        segments = list(_segments(text, start, end))
        for first in range(0, len(segments), _BATCH):
            batch = segments[first : first + _BATCH]
            parts = [text[begin:stop] for begin, stop in batch]
            for (begin, _), encoding in zip(
                batch, self._tokenizer.encode_batch(parts, add_special_tokens=False), strict=True
            ):
                tokens.ids.extend(encoding.ids)
                offsets = encoding.offsets
                tokens.starts.extend([begin + offset[0] for offset in offsets])
                tokens.ends.extend([begin + offset[1] for offset in offsets])
        return tokens


def word_cut(text: str, start: int, end: int) -> int:
    """Return the last place at or before `end` where a word ends; `end` itself where there is none after `start`.

    White space goes with the word behind it, as byte-level tokenizers have it.
    """
    if end >= len(text):
        return len(text)
    for position in range(end, max(start, end - _SEGMENT), -1):
        if text[position].isspace() and not text[position - 1].isspace():
            return position
    return end


def _segments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = end if end - start <= _SEGMENT else word_cut(text, start, start + _SEGMENT)
        yield start, stop
        start = stop
