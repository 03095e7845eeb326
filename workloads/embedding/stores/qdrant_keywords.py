"""Texts as sparse vectors whose inner product is BM25: Qdrant itself counts how rare a word is (its IDF modifier).

What is left to the client is the weight of a word within a text, with the usual k1 and b, and an average length that is
assumed instead of measured, as in Qdrant's own model Qdrant/bm25.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import lru_cache
from typing import Final

from qdrant_client.models import SparseVector

K1: Final = 1.2
B: Final = 0.75
ASSUMED_WORDS: Final = 256
"""Of an average text."""
WORD: Final = re.compile(r"[^\W_]+")


def keywords_of_text(text: str) -> SparseVector:
    """Return the words of a text that is searched, each with its weight."""
    counted = Counter(_words(text))
    longer = 1 - B + B * counted.total() / ASSUMED_WORDS
    weights = {word: count * (K1 + 1) / (count + K1 * longer) for word, count in counted.items()}
    return SparseVector(indices=list(weights), values=list(weights.values()))


def keywords_of_query(text: str) -> SparseVector:
    """Return the words of a query; each counts once."""
    words = sorted(set(_words(text)))
    return SparseVector(indices=words, values=[1.0] * len(words))


def _words(text: str) -> list[int]:
    return [_number(word) for word in WORD.findall(text.casefold())]


@lru_cache(maxsize=100_000)
def _number(word: str) -> int:
    """Return a word as a number of 32 bits: of a text's words, two share one in about one of 10^5 texts."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "little")
