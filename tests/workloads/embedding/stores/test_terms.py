"""Filters by terms mean what the port says, whatever the keys and values are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workloads.embedding.memory_store import matches
from tests.workloads.embedding.stores.points import point
from workloads.embedding.records import Scalar
from workloads.embedding.stores.port import Where
from workloads.embedding.stores.terms import TERM_LENGTH, clauses, meets, nothing_meets, point_terms, term

KEYS = st.sampled_from(["kind", "k", "", 'a"b', "$in", "ключ", "ordinal", "document"])
VALUES: st.SearchStrategy[Scalar] = st.one_of(
    st.sampled_from(["", "1", "True", "guide.md", "x"]),
    st.integers(-3, 3),
    st.integers(2**53, 2**53 + 2),
    st.sampled_from([0.5, 1.0, -3.0, float(2**53)]),
    st.booleans(),
)
WHERE: st.SearchStrategy[Where] = st.dictionaries(KEYS, st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=3)


@settings(deadline=None, derandomize=True, database=None)
@given(metadata=st.dictionaries(KEYS, VALUES, max_size=5), where=WHERE)
def test_terms_find_what_comparing_finds(metadata: dict[str, Scalar], where: Where) -> None:
    one = point("guide.md", 1, metadata=metadata)
    asked = clauses(where)
    assert meets(point_terms(one), asked) == matches(one, where)
    assert not (nothing_meets(asked) and matches(one, where))


def test_a_term_tells_kinds_and_keys_apart() -> None:
    values: list[Scalar] = [1, True, "1", "True", 0, False, "", 1.5]
    assert len({term(key, value) for key in ("a", "b") for value in values}) == 2 * len(values)
    assert term("a", 3) == term("a", 3.0)


@settings(deadline=None, derandomize=True, database=None)
@given(key=st.text(), value=VALUES)
def test_a_term_holds_nothing_that_a_query_could_take_for_syntax(key: str, value: Scalar) -> None:
    text = term(key, value)
    assert len(text) == TERM_LENGTH
    assert set(text) <= set("0123456789abcdef")


def test_fields_of_the_point_hide_metadata_of_the_same_name() -> None:
    one = point("guide.md", 1, metadata={"document": "other.md"})
    assert meets(point_terms(one), clauses({"document": "guide.md"}))
    assert not meets(point_terms(one), clauses({"document": "other.md"}))


def test_an_empty_filter_asks_nothing_and_an_empty_sequence_everything() -> None:
    assert meets(point_terms(point()), clauses(None))
    assert not nothing_meets(clauses({}))
    assert nothing_meets(clauses({"document": "guide.md", "kind": []}))
