"""Plain text."""

from __future__ import annotations

from workloads.embedding.parsing.encodings import decode
from workloads.embedding.parsing.parsed import Parsed, clean


def parse_text(data: bytes, limit: int) -> Parsed:  # noqa: ARG001 - one signature for all parsers
    """Return a text; its paragraphs are what empty lines part."""
    text, encoding = decode(data)
    return Parsed(clean(text), metadata={"encoding": encoding} if encoding != "utf-8" else {})
