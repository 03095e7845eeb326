"""Absent, null, unknown and wrongly typed properties: no policy fails, none reports a value that is not known yet.

Every property of every sample is replaced in turn, and the whole pack asked.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from tests.policies.breaking import ABSENT
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.whole_pack import compliant, judge_all

WRONG: Mapping[str, Any] = {
    "a text": "wrong",
    "a number": 7,
    "a boolean": True,
    "a list": ["wrong"],
    "a mapping": {"x": 1},
}
FAILED = "the policy itself failed"


def places(value: Any, before: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        items = list(enumerate(cast("list[Any]", value)))
    for key, inner in items:
        yield (*before, key)
        yield from places(inner, (*before, key))


def put(sample: Sample, place: tuple[str | int, ...], value: Any) -> Sample:
    inputs = copy.deepcopy(sample.inputs)
    holder: Any = inputs
    for key in place[:-1]:
        holder = holder[key]
    if value is ABSENT:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return sample.changed(inputs=inputs)


def around(sample: Sample) -> list[Sample]:
    """Return a sample and what it is tied to, two steps away: a policy of the whole stack looks no further."""
    names = {sample.name}
    for _ in range(2):
        names |= {
            name for each in compliant() if each.name in names for refers in each.refers.values() for name in refers
        }
        names |= {each.name for each in compliant() if any(names & set(refers) for refers in each.refers.values())}
    return [each for each in compliant() if each.name in names]


def replaced(stack: list[Sample], changed: Sample) -> list[Sample]:
    return [changed if each.name == changed.name else each for each in stack]


def violations(stack: list[Sample], changed: Sample) -> set[tuple[str, str, str]]:
    """Return what is reported: part of a stack lacks companions, so there is some: policy, resource, property."""
    judged = judge_all(replaced(stack, changed), {changed.name})
    return {
        (name, violation.resource.name if violation.resource else "", violation.path)
        for name, found in judged.items()
        for one in found
        for violation in one.violations
    }


@pytest.mark.parametrize("sample", compliant(), ids=lambda sample: sample.name)
def test_unknown_properties_are_never_violations(sample: Sample) -> None:
    stack = around(sample)
    known = violations(stack, sample)
    for place in places(sample.inputs):
        found = violations(stack, put(sample, place, UNKNOWN))

        assert found <= known, f"{sample.name}: {place} unknown: {found - known}"


@pytest.mark.parametrize("sample", compliant(), ids=lambda sample: sample.name)
def test_odd_properties_fail_no_policy(sample: Sample) -> None:
    stack = around(sample)
    for place in places(sample.inputs):
        for odd in (ABSENT, None, *WRONG.values()):
            judged = judge_all(replaced(stack, put(sample, place, odd)), {sample.name})
            messages = [v.fault for found in judged.values() for one in found for v in one.violations]

            assert not [message for message in messages if FAILED in message], f"{sample.name}: {place} = {odd!r}"


def test_a_wrong_type_is_named_and_its_value_is_not_shown_whole() -> None:
    sample = next(each for each in compliant() if each.name == "rule-of-endpoints")
    judged = judge_all([put(sample, ("cidrIpv4",), {"token": "s3cr3t"})], {sample.name})
    [violation] = [v for one in judged["no-open-ingress"] for v in one.violations]

    assert violation.path == "cidrIpv4"
    assert violation.fault == "is a mapping, not a text"
    assert violation.remedy == "give a text"
    assert "s3cr3t" not in json.dumps([violation.fault, violation.remedy])
