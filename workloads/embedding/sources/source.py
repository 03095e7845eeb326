"""What a source of documents is, and how what it holds is named."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

_ESCAPED: Final = re.compile("[%#\x00-\x1f\x7f\ud800-\udfff]")
PART_MARK: Final = "#"
"""Between an item's key and the part of it that is a document: `faq.jsonl#17`."""
LONGEST_KEY: Final = 2000
"""Bytes of a document's key: an entry of PostgreSQL's indexes has at most 2,704, the collection's name among them."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file or an object of a source, as its listing shows it; nothing of it was read."""

    key: str
    """Stable between runs: `docs/guide.md` in a folder, `s3://bucket/docs/guide.md`; without `#`"""
    path: str
    """Where the source finds it: below the folder, or the object's whole key; its suffix says the format"""
    tag: str
    """Another tag may be another content, the same tag is the same content: ETag or times, with the size"""
    size: int
    """Bytes"""


class Source(Protocol):
    """Where documents come from."""

    @property
    def uri(self) -> str:
        """Where it is: `s3://bucket/prefix/` or a folder."""
        ...

    def listing(self) -> Iterator[Item]:
        """Give every item that the patterns take, each once, page by page: memory stays flat.

        A listing that can't be had whole raises (`InputError`, `AccessError`, `SourceUnavailableError`): what is
        not in it may be taken to be gone.
        """
        ...

    def open(self, item: Item) -> BinaryIO:
        """Return an item's bytes as a stream, to be closed by the caller.

        Opening and reading raise `DocumentFault` where this item can't be read, `AccessError` where the credentials
        are refused or have expired.
        """
        ...


def item_key(name: str) -> str:
    """Return a key for a name: what is no text, a control character, `%` or `#` stands as `%` with two digits.

    So two names never share a key, and `#` is free to name the parts of an item.
    """
    return _ESCAPED.sub(_escape, name)


def part_key(item: str, part: str) -> str:
    """Return the key of a document that is a part of an item: `faq.jsonl#17`."""
    return f"{item}{PART_MARK}{item_key(part)}"


def item_of(document: str) -> str:
    """Return the key of the item that a document came from: of `faq.jsonl#17` it is `faq.jsonl`."""
    return document.partition(PART_MARK)[0]


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    data = os.fsencode(character) if "\udc80" <= character <= "\udcff" else character.encode("utf-8", "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in data)
