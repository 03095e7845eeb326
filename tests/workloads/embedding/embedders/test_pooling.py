"""Pieces cover each window, and pooled vectors are the weighted means of theirs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.embedding.numpy_minilm import MiniLmEmbedder, minilm_vector
from workloads.embedding.embedders.pooling import normalised, pool, split


@given(st.lists(st.lists(st.integers(0, 9), max_size=40), max_size=8), st.integers(1, 12))
def test_pieces_cover_each_window_in_near_equal_parts(windows: list[list[int]], reads: int) -> None:
    pieces = split(windows, reads)
    for number, window in enumerate(windows):
        parts = [list(piece.of(window)) for piece in pieces if piece.window == number]
        assert parts
        assert [token for part in parts for token in part] == window
        assert max(map(len, parts)) <= reads
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert [piece.window for piece in pieces] == sorted(piece.window for piece in pieces)


def test_pooled_vectors_are_weighted_means() -> None:
    pieces = split([[1], [2] * 5, [3] * 2], 3)
    vectors = normalised(np.array([[1, 1], [1, 0], [0, 1], [1, -1]], dtype=np.float32))
    pooled = pool(vectors, pieces, 3)
    assert [piece.end - piece.start for piece in pieces] == [1, 2, 3, 2]
    expected = np.array([2, 3]) / np.sqrt(13)
    np.testing.assert_allclose(pooled, [vectors[0], expected, vectors[3]], atol=1e-6)


def test_opposite_pieces_leave_zeros_not_nan() -> None:
    pooled = pool(np.array([[1, 0], [-1, 0]], dtype=np.float32), split([[1, 2]], 1), 1)
    assert pooled.tolist() == [[0, 0]]


def test_the_oracle_pools_as_the_embedders_do() -> None:
    class Window:
        text = ""
        token_ids = tuple(range(2000, 2300))

    ids = Window.token_ids
    halves = minilm_vector(ids[:150]) + minilm_vector(ids[150:])
    np.testing.assert_allclose(MiniLmEmbedder().embed([Window()])[0], halves / np.linalg.norm(halves), atol=1e-6)
