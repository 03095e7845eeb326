"""The pages of the programs' settings are what the models say."""

from __future__ import annotations

import pytest

from tests.workloads.settings_reference import PROGRAMS, kept, page


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_page_is_current(program: str) -> None:
    assert kept(program).read_text(encoding="utf-8") == page(program), (
        "run `python -m tests.workloads.settings_reference`"
    )
