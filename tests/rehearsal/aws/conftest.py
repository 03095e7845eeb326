"""Fixtures for the translators' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.aws.account import Account


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """An emulated account, shared by the tests of a module: moto takes two seconds to start EC2."""
    with Account("111122223333", "us-east-1") as running:
        yield running
