"""The protocol that all embedding models are behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tokenizers import Tokenizer

from workloads.embedding.records import Vector


class Window(Protocol):
    """What is embedded; a `Chunk` is one. A model in this process takes the ids, an endpoint the text."""

    @property
    def text(self) -> str:
        """The window's text."""
        ...

    @property
    def token_ids(self) -> Sequence[int]:
        """Its tokens, by the embedder's own tokenizer, without special tokens."""
        ...


class Embedder(Protocol):
    """An embedding model. Vectors are float32 of length 1."""

    model: str
    revision: str
    dimension: int
    reads: int
    """Tokens of a window that the model reads at once, beside its special tokens and its prompt."""
    tokenizer: Tokenizer
    """Truncates and pads nothing."""

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension), in the order given.

        A window longer than the model reads gets the mean of its sub-windows' vectors, weighted by their tokens. Raises
        `RefusedWindowsError` where the model refuses some windows whatever it is asked together with, `EmbedderError`
        where it can't be reached or answers nonsense, `AccessError` where it refuses the credentials.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """Return the vector (dimension,) of what is searched for; a longer text than the model reads is pooled too."""
        ...

    def close(self) -> None:
        """Give back connections and memory."""
        ...


class RefusedWindowsError(Exception):
    """Some windows can't be embedded; the others were."""

    def __init__(self, reasons: Mapping[int, str], vectors: Vector) -> None:
        super().__init__("; ".join(f"window {position}: {reason}" for position, reason in sorted(reasons.items())))
        self.reasons = reasons
        """By position in what was asked for."""
        self.vectors = vectors
        """Array (windows, dimension); rows of refused windows are zero."""
