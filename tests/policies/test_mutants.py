"""Every policy catches all of its own mutants, and none of another's.

`python -m tests.policies.mutation_score` prints the score. Does not prove that the breaks are all there could be.
"""

from __future__ import annotations

import pytest

from policies.pack import collect
from tests.policies.breaking import mutants
from tests.policies.whole_pack import all_allowed, all_breaks, compliant, judge_all, judge_mutant, reporting


def test_samples_keep_every_policy_and_leave_nothing_undecided() -> None:
    found = judge_all(compliant())

    assert found == {}


def test_every_policy_has_breaks_and_no_breaks_are_of_another_pack() -> None:
    assert set(all_breaks()) == {policy.name for policy in collect()}


@pytest.mark.parametrize("policy", sorted(all_breaks()))
def test_policy_catches_its_mutants_and_no_other_does(policy: str) -> None:
    for mutant in mutants(policy, all_breaks()[policy], compliant()):
        caught_by = reporting(judge_mutant(mutant))

        assert caught_by == {policy} | mutant.also, f"{policy}: {mutant.said}: reported by {sorted(caught_by)}"


@pytest.mark.parametrize("policy", sorted(all_allowed()))
def test_policy_lets_pass_what_is_allowed(policy: str) -> None:
    for mutant in mutants(policy, all_allowed()[policy], compliant()):
        assert reporting(judge_mutant(mutant)) == mutant.also, f"{policy}: {mutant.said}"
