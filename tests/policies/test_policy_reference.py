"""The page of the policies says what the policies say."""

from __future__ import annotations

from tests.policies.policy_reference import FILE, rendered


def test_the_reference_is_current() -> None:
    assert FILE.read_text() == rendered(), "run `python -m tests.policies.policy_reference`"
