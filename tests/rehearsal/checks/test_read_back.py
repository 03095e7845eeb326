"""What counts as a difference, and which differences are the emulator's.

Does not prove that a translator describes what stands: the translators' own tests do.
"""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.checks.read_back import UNREAD, compare
from rehearsal.plan import Registration

TYPE = "aws:demo/thing:Thing"


def compared(
    inputs: dict[str, Any], seen: dict[str, Any], loses: dict[str, str] | None = None, **more: Any
) -> dict[str, tuple[Any, Any, bool]]:
    registration = Registration("urn", TYPE, "it", "", custom=True, inputs=inputs, **more)
    return {d.property: (d.asked, d.seen, d.known) for d in compare(registration, seen, loses or {})}


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"size": 1, "kind": None}, {"size": 1}),
        (["b", "a"], ["a", "b"]),
        ('{"b": 1, "a": [2]}', '{"a":[2],"b":1}'),
        ({}, None),
        ([], None),
        (None, "a default"),
    ],
)
def test_equal_meanings_are_no_difference(asked: Any, seen: Any) -> None:
    assert compared({"it": asked}, {"it": seen}) == {}


@pytest.mark.parametrize(
    ("asked", "seen"), [(1, 2), (False, None), (False, True), ([], ["a rule"]), ("a", None), (["a"], ["a", "a"])]
)
def test_a_difference_is_the_program_s_until_the_emulator_is_known_for_it(asked: Any, seen: Any) -> None:
    assert compared({"it": asked}, {"it": seen}) == {"it": (asked, seen, False)}
    assert compared({"it": asked}, {"it": seen}, {"it": "moto drops it"}) == {"it": (asked, seen, True)}


def test_only_the_part_that_is_known_to_be_lost_is_excused() -> None:
    asked, seen = {"encrypted": True, "throughput": 250}, {"encrypted": False, "throughput": None}
    assert compared({"disk": asked}, {"disk": seen}, {"disk.throughput": "moto forgets it"}) == {
        "disk.encrypted": (True, False, False),
        "disk.throughput": (250, None, True),
    }


def test_what_nothing_describes_is_listed_and_never_passes_for_compared() -> None:
    registration = Registration("urn", TYPE, "it", "", custom=True, inputs={"fancy": 1, "forceDestroy": True})
    [difference] = compare(registration, {}, {})
    assert (difference.property, difference.known, difference.why) == ("fancy", True, UNREAD)


def test_ignored_changes_are_not_compared_and_secrets_not_shown() -> None:
    assert compared({"it": 1}, {"it": 2}, ignore_changes=("it",)) == {}
    assert compared({"it": "hush"}, {"it": "hash"}, secrets=frozenset({"it"})) == {
        "it": ("[secret]", "[secret]", False)
    }
