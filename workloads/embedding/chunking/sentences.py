"""Where sentences begin, by their punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_END: Final = re.compile(
    r"""[.!?…]["'”\u2019»)\]]*\s+(?=[^\sa-z])"""  # followed by white space and no small letter
    r"""|[。\uff01\uff1f｡]["」』”\u2019\uff09]*"""  # full-width marks need no white space
)
_NO_END: Final = re.compile(
    r"(?:\b[A-Z]|\b(?:Dr|Mr|Mrs|Ms|Prof|St|Fig|Figs|Eq|No|Nos|Vol|Ch|Sec|pp|cf|vs|al|etc|i\.e|e\.g|approx|Inc|Ltd|Jr|Sr))$"
)
"""What stands before a full stop that ends an abbreviation."""
_LONGEST_ABBREVIATION: Final = 7


def sentence_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Give where each sentence after the first begins in `text[start:end]`."""
    for found in _END.finditer(text, start, end):
        begins = found.end()
        if begins >= end:
            return
        dot = found.start()
        if text[dot] == "." and _NO_END.search(text[max(start, dot - _LONGEST_ABBREVIATION) : dot]):
            continue
        yield begins
