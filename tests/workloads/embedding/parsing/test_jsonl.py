"""Of JSON Lines every line has a fate of its own, and one line is in memory at a time."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.jsonl import parse_jsonl
from workloads.embedding.records import Document, Rejection
from workloads.embedding.sources.source import Item, item_of

ITEM = Item("faq.jsonl", "faq.jsonl", "tag", 0)
LIMIT = 1 << 20


def outcomes(data: bytes, limit: int = LIMIT) -> list[Document | Rejection]:
    return list(parse_jsonl(ITEM, io.BytesIO(data), limit, {"format": "jsonl"}))


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def reasons(data: bytes, limit: int = LIMIT) -> dict[str, str]:
    return {one.document: one.reason for one in outcomes(data, limit) if isinstance(one, Rejection)}


def test_rows_become_documents_with_their_metadata() -> None:
    rows = lines(
        {"id": "a/1", "text": "First.", "title": "One", "metadata": {"year": 2026, "title": "other"}},
        {"content": "Second.", "version": 3},
    )
    first, second = outcomes(b"\xef\xbb\xbf" + rows.replace(b"\n", b"\r\n\n"))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.key, first.text) == ("faq.jsonl#a/1", "First.")
    assert first.metadata == {"title": "One", "year": 2026, "format": "jsonl"}
    assert (second.key, second.text) == ("faq.jsonl#3", "Second.")
    assert second.metadata == {"version_": 3, "format": "jsonl"}
    assert first.digest != second.digest


def test_a_second_row_with_an_id_fails_and_the_first_stays() -> None:
    found = outcomes(lines({"id": 7, "text": "First."}, {"id": "7", "text": "Second."}, {"id": 8, "text": "Third."}))
    assert [one.key if isinstance(one, Document) else one.document for one in found] == [
        "faq.jsonl#7",
        "faq.jsonl#7 (line 2)",
        "faq.jsonl#8",
    ]
    assert found[1] == Rejection("faq.jsonl#7 (line 2)", "failed", "has the id of a line before it")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "is not JSON"),
        (b"[1]", "is list; needs an object with one of text, content, body"),
        (b'{"title": "x"}', "has no text; needs one of text, content, body"),
        (b'{"text": 5}', "has int in text; needs a string"),
        (b'{"text": "x", "id": [1]}', r"has the id \[1\]; needs a string or a whole number"),
        (b'{"text": "x", "id": true}', "has the id True"),
        (b'{"text": "\xff"}', "is not UTF-8: byte 11 of the line"),
        (b'{"text": "  "}', "is empty"),
        (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
    ],
    ids=["json", "list", "no text", "number", "id", "bool", "encoding", "empty", "digits", "nesting"],
)
def test_a_bad_row_is_rejected_alone(line: bytes, reason: str) -> None:
    found = outcomes(b'{"text": "before"}\n' + line + b'\n{"text": "behind"}\n')
    assert [type(one) for one in found] == [Document, Rejection, Document]
    assert isinstance(found[1], Rejection)
    assert re.match(reason, found[1].reason)


def test_a_row_beyond_the_limit_is_skipped_without_being_held() -> None:
    data = b'{"text": "before"}\n{"text": "' + b"x" * (32 << 20) + b'"}\n{"text": "behind"}\n'
    tracemalloc.start()
    try:
        found = outcomes(data, 1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [type(one) for one in found] == [Document, Rejection, Document]
    assert peak < 8 << 20


def test_a_stream_that_breaks_off_ends_the_documents() -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if not line:
                raise DocumentFault("failed", "broke off")
            return line

    found: list[Document | Rejection] = []

    def take(documents: Iterator[Document | Rejection]) -> None:
        found.extend(documents)

    with pytest.raises(DocumentFault, match="broke off"):
        take(parse_jsonl(ITEM, Broken(lines({"text": "one"})), LIMIT, {}))


@given(st.lists(st.tuples(st.none() | st.text() | st.integers(), st.text()), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_ids_and_texts_give_keys_of_their_own_that_name_the_item(rows: list[tuple[Any, str]]) -> None:
    found = outcomes(lines(*({"id": identity, "text": text} for identity, text in rows)))
    keys = [one.key for one in found if isinstance(one, Document)]
    assert len(keys) == len(set(keys))
    assert {item_of(key) for key in keys} <= {"faq.jsonl"}
    assert len(found) == len(rows)


def test_an_id_that_no_index_holds_fails_by_the_number_of_its_line() -> None:
    assert reasons(lines({"id": "x" * 1900, "text": "fits"}, {"id": "#" * 700, "text": "three bytes each"})) == {
        "faq.jsonl#2": "has an id that makes a key of more than 2000 bytes"
    }
