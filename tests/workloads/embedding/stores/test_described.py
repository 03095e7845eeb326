"""What a collection was made as comes back from its description."""

from __future__ import annotations

import pytest

from tests.workloads.embedding.stores.points import spec
from workloads.embedding.stores.described import described, read_description


def test_a_description_comes_back() -> None:
    asked = spec(metric="dot", index="flat", hnsw_m=3, model='a"b', chunker="ü")
    assert read_description(described(asked)) == asked


@pytest.mark.parametrize("text", [None, "", "a collection of mine", "[]", "1", "{}", '{"name": "x", "colour": 1}'])
def test_what_others_wrote_describes_none_of_ours(text: str | None) -> None:
    assert read_description(text) is None
