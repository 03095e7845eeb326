"""Does the rehearsal refuse what AWS refuses, and only that? The measured score of its judgement.

It does not prove that AWS answers as the table says: that comes from AWS's documentation, not from calls.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.checks.judge import judge, judge_whole
from rehearsal.checks.rule import rules
from rehearsal.plan import UNKNOWN, Fault, Registration
from tests.rehearsal.accepted_inputs import ACCEPTED
from tests.rehearsal.conftest import SCORE
from tests.rehearsal.refusal import ABSENT, Refused
from tests.rehearsal.refused_inputs import REFUSED
from tests.rehearsal.standing_world import standing_world

GOAL = 0.95
WORLD = standing_world()


def registration(type_: str, inputs: dict[str, Any]) -> Registration:
    urn = f"urn:pulumi:dev::llm-platform::{type_}::new"
    return Registration(urn, type_, "new", "", custom=True, inputs=inputs, at="components/new.py:1")


def changed(inputs: Any, path: str, value: Any) -> dict[str, Any]:
    """The inputs with `value` at a dotted path, in which numbers are list indices."""
    inputs = copy.deepcopy(inputs)
    *parents, last = path.split(".")
    place: Any = inputs
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    if value is ABSENT:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return inputs


def faults_of(row: Refused) -> list[Fault]:
    type_, inputs = ACCEPTED[row.base]
    return judge(registration(type_, changed(inputs, row.path, row.value)), WORLD)


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Every path in the inputs, at any depth."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        path = f"{at}.{key}" if at else str(key)
        yield path
        yield from paths(item, path)


EVERYWHERE = [(base, path) for base, (_, inputs) in ACCEPTED.items() for path in paths(inputs)]


@pytest.mark.parametrize("base", ACCEPTED)
def test_accepts_what_aws_accepts(base: str) -> None:
    type_, inputs = ACCEPTED[base]
    assert judge(registration(type_, inputs), WORLD) == []


def test_table_is_large_enough_and_has_no_row_twice() -> None:
    rows = [(row.base, row.path, repr(row.value)) for row in REFUSED]
    assert len(rows) >= 200
    assert sorted(rows) == sorted(set(rows))


def test_refuses_what_aws_refuses(record_property: Callable[[str, object], None]) -> None:
    missed = [row for row in REFUSED if not faults_of(row)]
    score = 1 - len(missed) / len(REFUSED)
    accepted = [f"{row.base} {row.path} = {row.value!r:.60} ({row.because})" for row in missed]
    summary = f"refuses {len(REFUSED) - len(missed)} of {len(REFUSED)} inputs that AWS refuses ({score:.1%})"
    record_property(SCORE, "\n  accepts ".join((summary, *accepted)))
    assert score >= GOAL, accepted


def test_fault_names_the_place_that_was_changed() -> None:
    """Most faults stand at the changed property; some at the other one of a pair that does not fit."""
    elsewhere = [
        row
        for row in REFUSED
        if (faults := faults_of(row))
        and not any(row.path.split(".")[0] in re.split(r"[.\[]", fault.property) for fault in faults)
    ]
    assert len(elsewhere) <= len(REFUSED) * 0.05, [f"{row.base} {row.path}" for row in elsewhere]


@pytest.mark.parametrize("base", ACCEPTED)
def test_unknown_is_never_a_fault(base: str) -> None:
    """Each property of each accepted input in turn, at any depth, as a preview may have it."""
    type_, inputs = ACCEPTED[base]
    for path in paths(inputs):
        faults = judge(registration(type_, changed(inputs, path, UNKNOWN)), WORLD)
        assert faults == [], path


@given(
    place=st.sampled_from(EVERYWHERE),
    value=st.one_of(
        st.none(),
        st.just(UNKNOWN),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=5),
        st.sampled_from(["{", "[]", "{}", '{"Statement": [1, {"Action": 1}]}', "arn:aws:::", "sg-"]),
        st.just([]),
        st.just({}),
        st.just([{}, None, 1, UNKNOWN]),
        st.just({"Statement": UNKNOWN, "x": [None]}),
    ),
)
@settings(max_examples=600, deadline=None)
def test_judging_never_crashes(place: tuple[str, str], value: Any) -> None:
    base, path = place
    type_, inputs = ACCEPTED[base]
    faults = judge(registration(type_, changed(inputs, path, value)), WORLD)
    assert faults == sorted(faults)
    assert all(fault.message for fault in faults)


def test_judging_is_deterministic_and_says_where() -> None:
    row = next(row for row in REFUSED if row.base == "cluster" and row.path == "vpcConfig.subnetIds")
    faults = faults_of(row)
    assert faults == faults_of(row)
    assert {fault.at for fault in faults} == {"components/new.py:1"}
    assert all(fault.source.startswith("https://") for fault in faults if fault.check == "rule")


def test_every_rule_has_a_source_and_says_what_it_is() -> None:
    for type_, table in rules().items():
        for rule in table:
            assert rule.source.startswith("https://"), (type_, rule.judge.__name__)
            assert rule.judge.__doc__, (type_, rule.judge.__name__)


def test_standing_world_is_whole() -> None:
    assert judge_whole(WORLD) == []
