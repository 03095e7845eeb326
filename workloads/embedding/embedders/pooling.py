"""Windows longer than a model reads: cut into sub-windows of near-equal length, whose vectors are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from workloads.embedding.records import Vector


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a window that the model reads at once."""

    window: int
    """Which window it is of."""
    start: int
    """Its first token in the window."""
    end: int
    """The token after its last."""

    def of(self, token_ids: Sequence[int]) -> Sequence[int]:
        """Return its tokens, of its window's."""
        return token_ids[self.start : self.end]


def split(windows: Sequence[Sequence[int]], reads: int) -> list[Piece]:
    """Return the pieces of all windows, in order, each of at most `reads` tokens.

    Pieces of a window are of near-equal length: one that is two tokens long would say nothing.
    """
    pieces: list[Piece] = []
    for window, token_ids in enumerate(windows):
        parts = max(1, -(-len(token_ids) // reads))
        edges = [len(token_ids) * part // parts for part in range(parts + 1)]
        pieces.extend(Piece(window, start, end) for start, end in pairwise(edges))
    return pieces


def pool(vectors: Vector, pieces: Sequence[Piece], windows: int) -> Vector:
    """Return the vectors (windows, dimension) of windows, of those (pieces, dimension) of their pieces.

    A window's vector is the mean of its pieces', weighted by their tokens, of length 1 again.
    """
    if len(pieces) == windows:
        return vectors
    weights = np.array([max(1, piece.end - piece.start) for piece in pieces], dtype=np.float32)
    sums = np.zeros((windows, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, [piece.window for piece in pieces], vectors * weights[:, None])
    return normalised(sums)


def normalised(vectors: Vector) -> Vector:
    """Return the rows, each of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
