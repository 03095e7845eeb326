"""Patterns of IAM, against a search of all short texts and against Python's own matching.

Does not prove anything about how IAM reads a pattern in one part of an ARN apart from another.
"""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.globs import as_glob, glob_matches, globs_overlap

LETTERS = "ab"
patterns = st.text("ab*?", max_size=5)
SHORT_TEXTS = ["".join(letters) for size in range(8) for letters in product(LETTERS, repeat=size)]
"""Two patterns of five characters that overlap have a text in common that is no longer than both together; letters
that stand in neither need not be tried, and stars need no more than the other pattern's letters."""


def expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": "[ab]*", "?": "[ab]"}.get(letter, letter) for letter in pattern))


@given(patterns, st.text(LETTERS, max_size=7))
def test_matches_what_the_regular_expression_matches(pattern: str, text: str) -> None:
    assert glob_matches(pattern, text) == bool(expression(pattern).fullmatch(text))


@given(patterns, patterns)
def test_overlap_is_a_text_in_common(one: str, other: str) -> None:
    first, second = expression(one), expression(other)
    common = any(first.fullmatch(text) and second.fullmatch(text) for text in SHORT_TEXTS)
    letters = sum(letter != "*" for letter in one + other)

    if common or letters < 8:  # the longest texts tried; one in common needs no more
        assert globs_overlap(one, other) == common


@given(patterns, patterns)
def test_overlap_has_no_direction(one: str, other: str) -> None:
    assert globs_overlap(one, other) == globs_overlap(other, one)


@given(patterns)
def test_a_pattern_overlaps_itself_and_everything(pattern: str) -> None:
    assert globs_overlap(pattern, pattern)
    assert globs_overlap(pattern, "*")


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("arn:aws:s3:::llm-prod-*", "arn:aws:s3:::llm-dev-*", False),
        ("arn:aws:s3:::llm-*", "arn:aws:s3:::*-dev", True),
        ("arn:aws:s3:::llm-*/models/*", "arn:aws:s3:::llm-dev/*", True),
        ("arn:aws:s3:::llm-prod", "arn:aws:s3:::llm-prod/*", False),
        ("secret:???", "secret:ab", False),
        ("secret:???", "secret:a*", True),
        ("", "*", True),
        ("", "?", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "*cb*", True),
        ("a.c", "abc", False),
    ],
)
def test_overlap_of_resources(one: str, other: str, overlap: bool) -> None:
    assert globs_overlap(one, other) is overlap


def test_variables_stand_for_anything() -> None:
    assert as_glob("home/${aws:username}/*") == "home/*/*"
    assert globs_overlap(as_glob("home/${aws:username}"), "home/ada")
