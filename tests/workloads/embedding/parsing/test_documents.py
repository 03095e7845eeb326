"""Whatever an item holds, it gives documents or says why not, and never an exception of a parser."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.documents import FORMATS, documents, parse
from workloads.embedding.records import Document, Rejection
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.folder import FolderSource
from workloads.embedding.sources.source import Item, item_key
from workloads.faults import AccessError

SETTINGS = SourceSettings(uri="unused", max_document_mib=1)
MIB = 1 << 20


class Endless(io.RawIOBase):
    """One line without end, which counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        self.read_bytes += len(buffer)
        return len(buffer)


class Failing(io.RawIOBase):
    """A stream that ends in an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise self._error


class Unopenable:
    """A source whose items can't be opened."""

    uri = "memory"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def listing(self) -> Iterator[Item]:
        return iter(())

    def open(self, item: Item) -> BinaryIO:  # noqa: ARG002 - a Source's signature
        raise self._error


def of(path: str, data: bytes) -> list[Document | Rejection]:
    return list(parse(Item(item_key(path), path, "tag", len(data)), io.BytesIO(data), SETTINGS))


def test_a_document_has_its_key_digest_and_metadata() -> None:
    data = b"\xef\xbb\xbf# Guide\r\n\r\nWords.\r\n"
    [document] = of("docs/a#b.MD", data)
    assert isinstance(document, Document)
    assert document.key == "docs/a%23b.MD"
    assert document.text == "# Guide\n\nWords.\n"
    assert document.digest == hashlib.sha256(data).hexdigest()
    assert document.metadata == {"title": "Guide", "format": "markdown", "path": "docs/a#b.MD"}
    assert [block.kind for block in document.blocks] == ["heading", "paragraph"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("data", [b"", b" \n\t\n"], ids=["no bytes", "blanks"])
def test_an_empty_document_is_skipped(suffix: str, data: bytes) -> None:
    found = of(f"name{suffix}", data)
    assert found == ([] if suffix in (".jsonl", ".ndjson") else [Rejection(f"name{suffix}", "skipped", "is empty")])


def test_text_of_nothing_is_skipped() -> None:
    assert of("a.txt", b"\x01\x02") == [Rejection("a.txt", "skipped", "holds no text")]


def test_an_unknown_format_is_skipped_and_the_known_ones_named() -> None:
    [found] = of("a.exe", b"MZ")
    assert isinstance(found, Rejection)
    assert found.fate == "skipped"
    assert found.reason.startswith("is of no format that is read: .exe (those are .txt, ")


def test_a_line_of_500_mib_is_skipped_before_it_is_opened() -> None:
    item = Item("a.txt", "a.txt", "tag", 500 * MIB)
    found = list(documents(Unopenable(AssertionError("opened")), item, SETTINGS))
    assert found == [
        Rejection("a.txt", "skipped", "is larger than source.max_document_mib allows (1 MiB)"),
    ]


def test_a_name_that_no_index_holds_is_skipped_before_it_is_opened() -> None:
    key = "é" * 1001
    found = list(documents(Unopenable(AssertionError("opened")), Item(key, f"{key}.txt", "tag", 1), SETTINGS))
    assert found == [Rejection(key, "skipped", "has a name of more than 2000 bytes")]


def test_a_document_that_grew_since_it_was_listed_is_not_read_to_its_end() -> None:
    stream = Endless()
    [found] = parse(Item("a.txt", "a.txt", "tag", 5), io.BufferedReader(stream), SETTINGS)
    assert isinstance(found, Rejection)
    assert "larger than" in found.reason
    assert stream.read_bytes <= 3 * MIB


def test_an_item_that_can_not_be_opened_or_breaks_off_is_named() -> None:
    item = Item("a.txt", "a.txt", "tag", 5)
    gone = DocumentFault("skipped", "is gone since it was listed")
    assert list(documents(Unopenable(gone), item, SETTINGS)) == [Rejection("a.txt", "skipped", gone.reason)]
    for error in (DocumentFault("failed", "broke off"), OSError(5, "broke off")):
        [found] = parse(item, io.BufferedReader(Failing(error)), SETTINGS)
        assert isinstance(found, Rejection)
        assert (found.fate, "broke off" in found.reason) == ("failed", True)


def test_refused_credentials_come_through() -> None:
    item = Item("a.txt", "a.txt", "tag", 5)
    with pytest.raises(AccessError):
        list(documents(Unopenable(AccessError("expired")), item, SETTINGS))
    with pytest.raises(AccessError):
        list(parse(item, io.BufferedReader(Failing(AccessError("expired"))), SETTINGS))


def test_the_stream_is_closed_when_its_documents_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    source = FolderSource(SourceSettings(uri=str(tmp_path)))
    opened: list[BinaryIO] = []
    real = source.open

    def opening(item: Item) -> BinaryIO:
        opened.append(real(item))
        return opened[-1]

    monkeypatch.setattr(source, "open", opening)
    [item] = source.listing()
    [document] = documents(source, item, SETTINGS)
    assert isinstance(document, Document)
    assert opened[0].closed


@pytest.mark.parametrize("suffix", FORMATS)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=25, deadline=None)
def test_any_bytes_give_documents_that_can_be_stored_or_a_reason(suffix: str, data: bytes) -> None:
    for found in of(f"name{suffix}", data):
        if isinstance(found, Rejection):
            assert found.reason
            continue
        assert found.text.strip()
        assert "\0" not in found.text
        found.text.encode()
        assert all(block.end <= len(found.text) for block in found.blocks)
