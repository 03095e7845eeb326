"""Windows are drawn by documents, of the size asked for; samples survive being written down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.drift.windows import CHUNKS_PER_DOCUMENT, Sample


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """A sample whose rows say which document they are of."""
    sizes = draw(st.lists(st.integers(1, CHUNKS_PER_DOCUMENT), min_size=1, max_size=30))
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return Sample(owners[:, None].astype(np.float32), tuple(f"d{n}" for n in range(len(sizes))), owners)


@settings(deadline=None)
@given(sample=samples(), window=st.integers(2, 40), seed=st.integers(0, 100))
def test_a_pair_shares_no_document(sample: Sample, window: int, seed: int) -> None:
    if not sample.holds_pair(window):
        return
    reference, current = sample.pair(window, np.random.default_rng(seed))

    assert len(reference) == len(current) == window
    assert not set(reference[:, 0].tolist()) & set(current[:, 0].tolist())


@settings(deadline=None)
@given(sample=samples(), gone=st.sets(st.integers(0, 30)))
def test_documents_can_be_left_out(sample: Sample, gone: set[int]) -> None:
    rest = sample.without({f"d{number}" for number in gone})

    assert not set(rest.documents) & {f"d{number}" for number in gone}
    assert len(rest) == sum(1 for owner in sample.owners if owner not in gone)
    for row, owner in zip(rest.vectors[:, 0], rest.owners, strict=True):
        assert rest.documents[owner] == f"d{int(row)}"


@settings(deadline=None)
@given(sample=samples())
def test_a_sample_comes_back_as_it_was_written(sample: Sample) -> None:
    again = Sample.from_bytes(sample.to_bytes())

    assert again.documents == sample.documents
    assert np.array_equal(again.vectors, sample.vectors)
    assert np.array_equal(again.owners, sample.owners)


@pytest.mark.parametrize("content", [b"", b"not numpy's", b"PK\x03\x04 cut short"])
def test_something_else_is_not_a_sample(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - numpy and zipfile say it in their own words
        Sample.from_bytes(content)
