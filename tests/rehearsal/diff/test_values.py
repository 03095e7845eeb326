"""What counts as a difference between two values. Does not prove which differences replace a resource."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.diff.values import ABSENT, Kind, differences, same, written

TOLD = tuple[str, Kind, Any, Any]


def told(old: Any, new: Any) -> list[TOLD]:
    return [(written(each.path), each.kind, each.old, each.new) for each in differences(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None}, {}, []),
        ({"a": [{"b": None}]}, {"a": [{}]}, []),
        ({"a": 1}, {"a": True}, [("a", Kind.CHANGED, 1, True)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", Kind.CHANGED, 1, 2)]),
        ({}, {"a": {"b": 1}}, [("a", Kind.ADDED, ABSENT, {"b": 1})]),
        ({"a": 0}, {}, [("a", Kind.REMOVED, 0, ABSENT)]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [("a", Kind.REORDERED, ["x", "y"], ["y", "x"])]),
        ({"a": ["x"]}, {"a": ["x", "x"]}, [("a", Kind.CHANGED, ["x"], ["x", "x"])]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("a[0].b", Kind.CHANGED, 1, 2)]),
        ({"a": [{"b": 1}]}, {"a": []}, [("a[0]", Kind.REMOVED, {"b": 1}, ABSENT)]),
        ({"a.b": {"c d": 1}}, {}, [('["a.b"]', Kind.REMOVED, {"c d": 1}, ABSENT)]),
        ({"a": 1}, {"a": "1"}, [("a", Kind.CHANGED, 1, "1")]),
    ],
)
def test_leaves_that_differ(old: Any, new: Any, expected: list[TOLD]) -> None:
    assert told(old, new) == expected


def test_an_item_put_in_front_does_not_change_the_others() -> None:
    old, new = [{"x": 1}, {"x": 2}], [{"x": 3}, {"x": 1}, {"x": 2}]
    assert told(old, new) == [("[0]", Kind.ADDED, ABSENT, {"x": 3})]


def test_an_item_is_found_again_by_what_names_it() -> None:
    old = [{"deviceName": "a", "size": 1}, {"deviceName": "b", "size": 1}]
    new = [{"deviceName": "b", "size": 2}, {"deviceName": "c", "size": 1}]
    assert told(old, new) == [
        ("[0].size", Kind.CHANGED, 1, 2),
        ("[1].deviceName", Kind.CHANGED, "a", "c"),
    ]


def test_documents_in_text_are_compared_as_what_they_say() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject"}
    old = {"policy": json.dumps({"Statement": [statement]})}
    assert told(old, {"policy": json.dumps({"Statement": [statement]}, indent=4)}) == []
    new = {"policy": json.dumps({"Statement": [{**statement, "Action": "s3:*"}]})}
    assert told(old, new) == [("policy.Statement[0].Action", Kind.CHANGED, "s3:GetObject", "s3:*")]


@pytest.mark.parametrize("known", ["x", {"b": 1}, ["x"], 3])
def test_what_one_side_does_not_know_is_told_apart(known: Any) -> None:
    assert [kind for _, kind, _, _ in told({"a": known}, {"a": "[unknown]"})] == [Kind.UNKNOWN]
    assert [kind for _, kind, _, _ in told({"a": "[unknown]"}, {"a": known})] == [Kind.UNKNOWN]
    assert told({"a": "[unknown]"}, {"a": "[unknown]"}) == []


def test_an_unknown_item_does_not_hide_the_others() -> None:
    assert [kind for _, kind, _, _ in told(["[unknown]", "x"], ["a", "y"])] == [Kind.UNKNOWN, Kind.CHANGED]


def test_what_was_secret_on_one_side_is_shown_on_neither() -> None:
    assert told({"a": "[secret]"}, {"a": "hunter2"}) == [("a", Kind.CHANGED, "[secret]", "[secret]")]
    assert told({"a": {"b": "hunter2"}}, {"a": "[secret]"}) == [("a", Kind.CHANGED, "[secret]", "[secret]")]
    assert told({}, {"a": "[secret]"}) == [("a", Kind.ADDED, ABSENT, "[secret]")]


def values(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=15,
    )


@given(values(st.text()))
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert told(value, json.loads(json.dumps(value))) == []


WORDS = st.text("abc", max_size=3)
"""Texts that hold no document, which may say the same in other words."""


@given(values(WORDS), values(WORDS))
def test_values_differ_exactly_when_something_is_told(old: Any, new: Any) -> None:
    assert bool(told(old, new)) is not same(old, new)
