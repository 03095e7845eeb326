"""Documents are cut into windows of tokens, at sections, blocks and sentences where that can be.

What holds for every document: no window has more tokens than the settings say, counted as ids that are embedded as
they are; every character but white space is in at least one window; windows are in the text's order; a code block, a
table and a table row that fit into a window are in one as a whole. A window repeats at most `overlap` tokens of the one
before, from the beginning of a sentence where one is in reach, and never a part of a code block or table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tokenizers import Tokenizer

from workloads.embedding.chunking.breaks import find_breaks
from workloads.embedding.chunking.headings import Headings
from workloads.embedding.chunking.tokens import Encoder, word_cut
from workloads.embedding.chunking.windows import Fit, Windows
from workloads.embedding.records import Chunk, Document
from workloads.embedding.settings import ChunkingSettings
from workloads.faults import InputError

_VERSION: Final = "blocks-1"
"""Another number wherever the same settings may cut a text otherwise: chunks then get other ids."""
_CHARACTERS_PER_TOKEN: Final = 32
"""Prose has 4 to 5. Beyond this a window is closed, so that one of blanks or unknown words stays storable."""
_PART: Final = 1 << 20
"""Characters whose tokens are in memory at a time, at least."""


class Chunker:
    """Cuts documents for one embedding model."""

    def __init__(self, tokenizer: Tokenizer, settings: ChunkingSettings, model_reads: int) -> None:
        """Take the model's tokenizer, and how many tokens it reads beside its special ones.

        Raises `InputError` where windows are longer than that and the settings say to refuse it.
        """
        if settings.tokens > model_reads and settings.long_windows == "refuse":
            raise InputError(
                f"chunking.tokens: {settings.tokens}: the model reads {model_reads} tokens beside its special ones; "
                f"allowed: at most {model_reads}, or chunking.long_windows: pool"
            )
        self.name = chunker_name(settings, model_reads)
        self._fit = Fit(settings.tokens, settings.tokens * _CHARACTERS_PER_TOKEN, settings.overlap)
        self._encoder = Encoder(tokenizer)

    def chunks(self, document: Document) -> Iterator[Chunk]:
        """Give a document's windows, in order; none where the text holds nothing that the tokenizer knows."""
        headings = Headings(document)
        for ordinal, (start, text, ids, fresh) in enumerate(self._windows(document)):
            end = start + len(text)
            yield Chunk(document.key, ordinal, start, end, text, ids, headings.above(fresh))

    def _windows(self, document: Document) -> Iterator[tuple[int, str, tuple[int, ...], int]]:
        """Give of each window where it starts, its text, its token ids, and where what no window before has starts."""
        text, fit = document.text, self._fit
        position = fresh = 0
        while position < len(text):
            # Only a part's tokens are in memory; the next part begins with the window that is due at this one's end.
            end = word_cut(text, position, position + max(_PART, 16 * fit.characters))
            tokens = self._encoder.encode(text, position, end)
            breaks = find_breaks(text, document.blocks, tokens, position, end, fit.holds)
            windows = Windows(text, tokens, breaks, fit, fresh)
            room = 0 if end == len(text) else 3 * fit.characters  # to see whether a block that begins here fits
            while windows.fresh < len(tokens) and end - tokens.starts[windows.first] >= room:
                window = windows.cut()
                start = tokens.starts[window.first] if window.first or position else 0
                stop = (
                    max(tokens.ends[window.stop - 1], tokens.starts[window.stop]) if window.stop < len(tokens) else end
                )
                piece = text[start:stop].rstrip()
                shown = piece.lstrip()
                if shown:
                    ids = tuple(tokens.ids[window.first : window.stop])
                    yield start + len(piece) - len(shown), shown, ids, tokens.starts[window.fresh]
            position = tokens.starts[windows.first] if windows.first < len(tokens) else end
            fresh = tokens.starts[windows.fresh] if windows.fresh < len(tokens) else end


def chunker_name(settings: ChunkingSettings, model_reads: int) -> str:
    """Return the name that stands in versions and collections: chunker, version, sizes, and whether vectors are pooled.

    `model_reads` is the number of tokens beside the special ones.
    """
    name = f"{_VERSION}/{settings.tokens}/{settings.overlap}"
    return f"{name}/pool" if settings.tokens > model_reads else name
