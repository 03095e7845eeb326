"""Every window is in one batch, and no batch is over its budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workloads.embedding.embedders.batches import batches


@given(st.lists(st.integers(0, 600), max_size=60), st.integers(1, 2000))
def test_batches_hold_every_window_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(position for batch in found for position in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or max(lengths[position] for position in batch) * len(batch) <= budget
