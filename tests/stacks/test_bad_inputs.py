"""Every fault of the bad-input table, with every line that is said about it, word for word.

Does not prove that the list of faults is complete: what AWS refuses beyond it is the rehearsal's to find.
"""

from __future__ import annotations

import pytest

from stacks.settings import SettingsError, parse_settings
from tests.stacks.bad_inputs import BAD_INPUTS, BadInput
from tests.stacks.valid_sections import changed_sections

FILE = "stacks/Pulumi.staging.yaml"


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.noun)
def test_a_bad_input_is_refused_with_this_message(bad: BadInput) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_settings(changed_sections(bad.changes), FILE)
    assert str(raised.value).splitlines() == [f"{FILE}: {line}" for line in bad.lines]


def test_the_nouns_are_distinct() -> None:
    assert len({bad.noun for bad in BAD_INPUTS}) == len(BAD_INPUTS)
