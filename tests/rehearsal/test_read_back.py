"""The comparison of what stands with what was asked for. Does not prove that a translator reads back all it could."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.checks.read_back import UNREAD, compare
from rehearsal.plan import Registration

values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=6,
)


def registration(inputs: dict[str, Any], **options: Any) -> Registration:
    return Registration("urn", "aws:x/y:Y", "y", "", custom=True, inputs=inputs, **options)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("dev", "prod"),
        (3, 4),
        (True, False),
        (False, None),
        ([], ["a rule"]),
        (["a"], ["a", "a"]),
        (["a", "b"], ["a"]),
        ('{"Effect": "Allow"}', '{"Effect": "Deny"}'),
        ([{"key": "a"}], []),
    ],
)
def test_a_different_value_is_a_difference(asked: Any, seen: Any) -> None:
    [difference] = compare(registration({"property": asked}), {"property": seen}, {})
    assert (difference.property, difference.asked, difference.seen, difference.known) == (
        "property",
        asked,
        seen,
        False,
    )


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ('{"b": 1, "a": [2, 1]}', '{"a":[1,2],"b":1}'),
        (["b", "a"], ["a", "b"]),
        ({"name": "x", "rules": []}, {"name": "x"}),
        ({"name": "x", "description": None}, {"name": "x", "description": None}),
        ({}, None),
        ([], None),
        (None, "a default"),
        ("2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_means_the_same_is_no_difference(asked: Any, seen: Any) -> None:
    assert list(compare(registration({"property": asked}), {"property": seen}, {})) == []


@given(values)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(compare(registration({"property": value}), {"property": value}, {})) == []


def test_what_the_emulator_is_known_to_lose_is_told_apart() -> None:
    [difference] = compare(registration({"policy": "a"}), {"policy": None}, {"policy": "moto drops it"})
    assert (difference.known, difference.why) == (True, "moto drops it")


def test_only_the_part_that_is_known_to_be_lost_is_excused() -> None:
    asked = {"encrypted": True, "throughput": 250, "tags": [{"key": "a"}]}
    seen = {"encrypted": False, "throughput": None, "tags": [{"key": "b"}]}
    loses = {"disk.throughput": "moto forgets it", "disk.tags[].key": "moto garbles it"}
    differences = compare(registration({"disk": asked}), {"disk": seen}, loses)
    assert [(difference.property, difference.known, difference.why) for difference in differences] == [
        ("disk.encrypted", False, ""),
        ("disk.tags[0].key", True, "moto garbles it"),
        ("disk.throughput", True, "moto forgets it"),
    ]


def test_what_nothing_describes_is_listed_and_never_passes_for_compared() -> None:
    [difference] = compare(registration({"fancy": 1, "forceDestroy": True}), {}, {})
    assert (difference.property, difference.known, difference.why) == ("fancy", True, UNREAD)


def test_an_ignored_change_is_no_difference() -> None:
    asked = registration({"size": 1}, ignore_changes=("size",))
    assert list(compare(asked, {"size": 2}, {})) == []


def test_a_secret_is_not_shown() -> None:
    asked = registration({"value": "hush"}, secrets=frozenset({"value"}))
    [difference] = compare(asked, {"value": "hushed"}, {})
    assert (difference.asked, difference.seen) == ("[secret]", "[secret]")
