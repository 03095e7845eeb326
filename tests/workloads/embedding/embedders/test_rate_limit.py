"""What is used in any minute stays within the limit, by a clock that the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workloads.embedding.embedders.rate_limit import RateLimit


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_no_minute_sees_more_than_its_share(amounts: list[int]) -> None:
    now = 0.0
    taken: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    limit = RateLimit(60, lambda: now, sleep)
    for amount in amounts:
        limit.take(amount)
        taken.append((now, amount))
    for start, _ in taken:
        within = [amount for moment, amount in taken if start <= moment < start + 60]
        assert sum(within) <= 60 + max(amounts)


def test_no_limit_never_waits() -> None:
    slept: list[float] = []
    RateLimit(None, sleep=slept.append).take(10**9)
    assert slept == []
