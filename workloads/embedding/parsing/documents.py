"""What a source's item holds: documents, or why it can't be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.docx import parse_docx
from workloads.embedding.parsing.html import parse_html
from workloads.embedding.parsing.jsonl import parse_jsonl
from workloads.embedding.parsing.limits import MIB, read_whole, too_large
from workloads.embedding.parsing.markdown import parse_markdown
from workloads.embedding.parsing.metadata import flatten
from workloads.embedding.parsing.parsed import Parsed
from workloads.embedding.parsing.pdf import parse_pdf
from workloads.embedding.parsing.text import parse_text
from workloads.embedding.records import Document, Metadata, Rejection
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.source import LONGEST_KEY, Item, Source

_LINES: Final = "jsonl"
_PARSERS: Final[Mapping[str, Callable[[bytes, int], Parsed]]] = {
    "text": parse_text,
    "markdown": parse_markdown,
    "html": parse_html,
    "pdf": parse_pdf,
    "docx": parse_docx,
}
FORMATS: Final[Mapping[str, str]] = {
    "": "text",  # README, LICENSE
    ".txt": "text",
    ".text": "text",
    ".rst": "text",
    ".log": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": _LINES,
    ".ndjson": _LINES,
}
"""Format by the suffix of an item's path, in small letters."""


def documents(source: Source, item: Item, settings: SourceSettings) -> Iterator[Document | Rejection]:
    """Give what an item holds; it is opened here and closed again.

    An item that can't be read gives a `Rejection`, and so does one that breaks off after some of its documents;
    `AccessError` and `SourceUnavailableError` come through.
    """
    try:
        _check(item, settings)
        stream = source.open(item)
    except DocumentFault as fault:
        yield Rejection(item.key, fault.fate, fault.reason)
        return
    with stream:
        yield from parse(item, stream, settings)


def parse(item: Item, stream: BinaryIO, settings: SourceSettings) -> Iterator[Document | Rejection]:
    """Give the documents that a stream holds, as `documents` does; the stream is left open."""
    limit = settings.max_document_mib * MIB
    try:
        kind = _check(item, settings)
        given: Metadata = {"format": kind, "path": item.path}
        if kind == _LINES:
            yield from parse_jsonl(item, stream, limit, given)
            return
        yield _document(item.key, read_whole(stream, limit), kind, limit, given)
    except DocumentFault as fault:
        yield Rejection(item.key, fault.fate, fault.reason)
    except OSError as error:  # the disk; a source's own faults come as what they are
        yield Rejection(item.key, "failed", f"broke off: {error.strerror or error}")


def _document(key: str, data: bytes, kind: str, limit: int, given: Metadata) -> Document:
    if not data.strip():
        raise DocumentFault("skipped", "is empty")
    parsed = _PARSERS[kind](data, limit)
    if not parsed.text.strip():
        raise DocumentFault("skipped", "holds no text")
    metadata = {**flatten(parsed.metadata), **given}
    return Document(key, parsed.text, hashlib.sha256(data).hexdigest(), metadata, parsed.blocks)


def _check(item: Item, settings: SourceSettings) -> str:
    """Return an item's format, by what its listing says; refuse what is not to be read at all."""
    suffix = PurePosixPath(item.path).suffix.lower()
    kind = FORMATS.get(suffix)
    if kind is None:
        known = ", ".join(known for known in FORMATS if known)
        raise DocumentFault("skipped", f"is of no format that is read: {suffix} (those are {known})")
    if len(item.key.encode()) > LONGEST_KEY:
        raise DocumentFault("skipped", f"has a name of more than {LONGEST_KEY} bytes")
    limit = settings.max_document_mib * MIB
    if kind != _LINES and item.size > limit:
        raise too_large(limit)
    return kind
