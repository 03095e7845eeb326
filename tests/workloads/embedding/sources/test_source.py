"""Keys name one item each, and their parts can be told from them."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from workloads.embedding.sources.source import item_key, item_of, part_key

NAMES = st.text() | st.binary(min_size=1).map(os.fsdecode)


def test_ordinary_names_are_their_own_keys() -> None:
    for name in ("docs/guide.md", "s3://bucket/größe/a b+c(1).pdf", "東京.txt"):
        assert item_key(name) == name


def test_what_is_no_text_and_the_mark_of_parts_are_escaped() -> None:
    assert item_key("a#1%\n.md") == "a%231%25%0A.md"
    assert item_key(os.fsdecode(b"caf\xe9.txt")) == "caf%E9.txt"
    assert part_key("faq.jsonl", "a#b") == "faq.jsonl#a%23b"


@given(first=NAMES, second=NAMES)
def test_two_names_never_share_a_key(first: str, second: str) -> None:
    assert (item_key(first) == item_key(second)) == (first == second)


@given(name=NAMES, part=NAMES)
def test_a_part_names_its_item_and_can_be_stored(name: str, part: str) -> None:
    key = part_key(item_key(name), part)
    assert item_of(key) == item_key(name)
    assert "\0" not in key
    key.encode()
