"""Metadata is flat and storable whatever a document holds."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.metadata import LONGEST_KEY, LONGEST_VALUE, MOST_KEYS, flatten

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary()
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=20
)


def test_nested_fields_lists_and_dates_become_scalars() -> None:
    found = {"a": {"b": 1, "c": {"d": "x"}}, "tags": ["one", 2, None], "day": datetime.date(2026, 2, 3), "ok": True}
    assert flatten(found) == {"a.b": 1, "a.c.d": "x", "tags": "one, 2", "day": "2026-02-03", "ok": True}


def test_fields_of_a_point_are_kept_under_another_name() -> None:
    assert flatten({"version": "7", "document": "x", "author": "y"}) == {
        "version_": "7",
        "document_": "x",
        "author": "y",
    }


def test_what_is_empty_or_no_number_is_left_out() -> None:
    assert flatten({"a": "", "b": " \0 ", "c": None, "d": math.nan, "e": math.inf, "": "x", "f": [], "g": b"x"}) == {}


def test_long_values_end_in_an_ellipsis_and_long_integers_are_text() -> None:
    flat = flatten({"a": "x" * 5000, "b": 2**80})
    assert flat["a"] == "x" * (LONGEST_VALUE - 1) + "…"
    assert flat["b"] == hex(2**80)


def test_too_many_fields_fail_the_document() -> None:
    assert len(flatten({str(number): number for number in range(MOST_KEYS)})) == MOST_KEYS
    with pytest.raises(DocumentFault, match="more than 64 fields"):
        flatten({str(number): number for number in range(MOST_KEYS + 1)})


@given(st.dictionaries(st.text() | st.integers(), TREES, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_tree_gives_storable_metadata(found: dict[Any, Any]) -> None:
    try:
        flat = flatten(found)
    except DocumentFault:
        return
    for key, value in flat.items():
        assert 0 < len(key) <= (LONGEST_KEY + 1) * 5
        assert isinstance(value, str | int | float | bool)
        assert "\0" not in f"{key}{value}"
        f"{key}{value}".encode()
        assert not isinstance(value, str) or 0 < len(value) <= LONGEST_VALUE
