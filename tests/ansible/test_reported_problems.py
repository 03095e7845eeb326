"""The page of reported problems, and how many there are."""

from __future__ import annotations

from tests.ansible.reported_problems import PAGE, rendered, reported


def test_the_page_says_what_the_tests_recreate() -> None:
    assert PAGE.read_text() == rendered(reported()), "run `python -m tests.ansible.reported_problems`"


def test_fifteen_problems_at_least_are_recreated() -> None:
    assert len({thread for each in reported() for thread in each.threads}) >= 15
