"""Filters as a user writes them, and questions that no engine should be asked."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.embedding.search.question import Question, check_words, parse_where
from workloads.embedding.stores.port import Where
from workloads.faults import InputError


@pytest.mark.parametrize(
    ("conditions", "where"),
    [
        ([], {}),
        (["lang=en"], {"lang": "en"}),
        (["lang=en", "lang=de"], {"lang": ["en", "de"]}),
        (["year=2024", "ratio=0.5", "draft=true"], {"year": 2024, "ratio": 0.5, "draft": True}),
        (['year="2024"'], {"year": "2024"}),
        (["title=a=b"], {"title": "a=b"}),
        (["title="], {"title": ""}),
        (["value=null", "list=[1]", "number=NaN"], {"value": "null", "list": "[1]", "number": "NaN"}),
    ],
)
def test_conditions_become_a_filter(conditions: list[str], where: Where) -> None:
    assert parse_where(conditions) == where


@pytest.mark.parametrize("condition", ["lang", "=en", " =en", ""])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(InputError, match="needs KEY=VALUE"):
        parse_where([condition])


@given(st.text(min_size=1).filter(lambda key: "=" not in key and key.strip() == key), st.text())
def test_every_quoted_text_is_taken_as_it_is(key: str, value: str) -> None:
    assert parse_where([f"{key}={json.dumps(value)}"]) == {key: value}


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), st.booleans()))
def test_every_number_is_taken_as_it_is(value: float | bool) -> None:
    (taken,) = parse_where([f"key={json.dumps(value)}"]).values()
    assert type(taken) is type(value)
    assert taken == value or (isinstance(value, float) and math.isclose(float(str(taken)), value))


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (Question("", 1), "query"),
        (Question(" \n\t", 1), "query"),
        (Question("a\0b", 1), "query"),
        (Question("half \ud800", 1), "query"),
        (Question("a", 1, {"k\0": "v"}), "where 'k"),
        (Question("a", 1, {"k": "\udfff"}), "where 'k'"),
        (Question("a", 1, {"k": ["fine", "\0"]}), "where 'k'"),
    ],
)
def test_text_that_no_engine_takes_is_refused_with_its_place(question: Question, place: str) -> None:
    with pytest.raises(InputError) as refused:
        check_words(question)
    assert str(refused.value).startswith(place)


@pytest.mark.parametrize("text", ["a", "naïve", "日本語", "🦜", "'; drop table --", "\u202egnp"])
def test_other_text_is_taken(text: str) -> None:
    check_words(Question(text, 1, {text: [text, 1, True, 0.5]}))
