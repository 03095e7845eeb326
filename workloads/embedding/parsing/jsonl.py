"""JSON Lines: each line is a document of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.limits import MIB, too_large
from workloads.embedding.parsing.metadata import flatten
from workloads.embedding.parsing.parsed import clean
from workloads.embedding.records import Document, Metadata, Rejection
from workloads.embedding.sources.source import LONGEST_KEY, Item, part_key

TEXT_FIELDS: Final = ("text", "content", "body")
"""Fields that may hold a document's text, the first of them that is there."""
_ID: Final = "id"
_METADATA: Final = "metadata"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_DIGEST_BYTES: Final = 12
"""Of each id this much is remembered, so that a second one is seen; 1 in 10^16 a false alarm in a million rows."""


def parse_jsonl(item: Item, stream: BinaryIO, limit: int, given: Metadata) -> Iterator[Document | Rejection]:
    """Give a document for each line, or why it can't be taken; one line is in memory at a time.

    A line is an object with its text in `text`, `content` or `body` and optionally an `id` (else the line's number
    stands for it); every other field is metadata, those of `metadata` without its name.
    """
    seen: set[bytes] = set()
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        key = part_key(item.key, str(number))
        try:
            if len(line) > limit and not line.endswith(b"\n"):
                _pass_rest_of_line(stream)
                raise too_large(limit)
            line = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            if not line.strip():
                continue
            row = _row(line)
            key = _key(item, row, number)
            mark = hashlib.blake2b(key.encode(), digest_size=_DIGEST_BYTES).digest()
            if mark in seen:
                yield Rejection(f"{key} (line {number})", "failed", "has the id of a line before it")
                continue
            document = _document(key, line, row, given)
            seen.add(mark)
            yield document
        except DocumentFault as fault:
            yield Rejection(key, fault.fate, fault.reason)


def _pass_rest_of_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(MIB)) and not rest.endswith(b"\n"):
        pass


def _row(line: bytes) -> dict[str, Any]:
    try:
        row: object = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DocumentFault("failed", f"is not UTF-8: byte {error.start + 1} of the line") from error
    except (ValueError, RecursionError) as error:  # ValueError: also a number of more than 4,300 digits
        raise DocumentFault("failed", f"is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise DocumentFault("failed", f"is {type(row).__name__}; needs an object with one of {', '.join(TEXT_FIELDS)}")
    return row


def _key(item: Item, row: dict[str, Any], number: int) -> str:
    key = part_key(item.key, _identity(row, number))
    if len(key.encode()) > LONGEST_KEY:
        raise DocumentFault("failed", f"has an id that makes a key of more than {LONGEST_KEY} bytes")
    return key


def _identity(row: dict[str, Any], number: int) -> str:
    identity = row.get(_ID)
    if identity is None:
        return str(number)
    if isinstance(identity, bool) or not isinstance(identity, str | int) or identity == "":
        raise DocumentFault("failed", f"has the id {identity!r}; needs a string or a whole number")
    return str(identity)


def _document(key: str, line: bytes, row: dict[str, Any], given: Metadata) -> Document:
    field = next((name for name in TEXT_FIELDS if row.get(name) is not None), None)
    if field is None:
        raise DocumentFault("failed", f"has no text; needs one of {', '.join(TEXT_FIELDS)}")
    text = row[field]
    if not isinstance(text, str):
        raise DocumentFault("failed", f"has {type(text).__name__} in {field}; needs a string")
    text = clean(text)
    if not text.strip():
        raise DocumentFault("skipped", "is empty")
    named = row.get(_METADATA)
    rest = {name: value for name, value in row.items() if name not in (field, _ID)}
    if isinstance(named, dict):
        del rest[_METADATA]
        rest = {**named, **rest}
    return Document(key, text, hashlib.sha256(line.strip()).hexdigest(), {**flatten(rest), **given})
