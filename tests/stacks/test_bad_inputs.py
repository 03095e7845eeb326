"""Every fault of the bad-input table, with every line that is said about it, word for word.

Does not prove that the list of faults is complete: what AWS refuses beyond it is the rehearsal's to find.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stacks.sections import section
from stacks.sections.section import Broken, Rule
from stacks.settings import SettingsError, parse_settings
from tests.stacks.bad_embeddings import BAD_EMBEDDINGS
from tests.stacks.bad_hybrid_nodes import BAD_HYBRID_NODES
from tests.stacks.bad_inputs import BAD_INPUTS as BAD_FOUNDATIONS
from tests.stacks.bad_inputs import BadInput
from tests.stacks.bad_models import BAD_MODELS
from tests.stacks.bad_objectives import BAD_OBJECTIVES
from tests.stacks.bad_observability import BAD_OBSERVABILITY
from tests.stacks.bad_policies import BAD_POLICIES
from tests.stacks.bad_quality import BAD_QUALITY
from tests.stacks.bad_vector_databases import BAD_VECTOR_DATABASES
from tests.stacks.bad_workloads import BAD_WORKLOADS
from tests.stacks.valid_sections import changed_sections

FILE = "stacks/Pulumi.staging.yaml"
BAD_INPUTS = (
    *BAD_FOUNDATIONS,
    *BAD_WORKLOADS,
    *BAD_MODELS,
    *BAD_VECTOR_DATABASES,
    *BAD_EMBEDDINGS,
    *BAD_QUALITY,
    *BAD_HYBRID_NODES,
    *BAD_OBJECTIVES,
    *BAD_OBSERVABILITY,
    *BAD_POLICIES,
)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.noun)
def test_a_bad_input_is_refused_with_this_message(bad: BadInput) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_settings(changed_sections(bad.changes), FILE)
    assert str(raised.value).splitlines() == [f"{FILE}: {line}" for line in bad.lines]


def test_the_nouns_are_distinct() -> None:
    assert len({bad.noun for bad in BAD_INPUTS}) == len(BAD_INPUTS)


def test_every_rule_is_broken_by_a_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that nothing in the table breaks may as well not be there."""
    asked: set[str] = set()
    broken: set[str] = set()

    def attempt(rule: Rule, *arguments: object) -> Iterator[Broken]:
        asked.add(f"{rule.__module__}.{rule.__name__}")
        for fault in section.attempt(rule, *arguments):
            broken.add(f"{rule.__module__}.{rule.__name__}")
            yield fault

    monkeypatch.setattr("stacks.settings.attempt", attempt)
    for bad in BAD_INPUTS:
        with pytest.raises(SettingsError):
            parse_settings(changed_sections(bad.changes), FILE)
    assert asked - broken == set()
