"""An embedder that costs nothing: the mean of one random direction per token, so that shared words mean nearness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer

from tests.workloads.embedding.numpy_minilm import minilm_tokenizer
from workloads.embedding.embedders.embedder import Window
from workloads.embedding.records import Vector


class HashEmbedder:
    """The `Embedder` protocol with MiniLM's tokenizer; the same tokens always give the same vector."""

    def __init__(self, model: str = "hash", revision: str = "1", dimension: int = 32, reads: int = 10_000) -> None:
        self.model = model
        self.revision = revision
        self.dimension = dimension
        self.reads = reads
        self.tokenizer: Tokenizer = minilm_tokenizer()
        seed = sum(f"{model}@{revision}".encode())
        words = np.random.default_rng(seed).standard_normal((self.tokenizer.get_vocab_size(), dimension))
        self._words = words.astype(np.float32)
        self.embedded = 0
        """Windows embedded so far."""

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension)."""
        self.embedded += len(windows)
        vectors = [self._vector(window.token_ids) for window in windows]
        return np.array(vectors, dtype=np.float32).reshape(len(windows), self.dimension)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a query."""
        return self._vector(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def close(self) -> None:
        """Nothing is held."""

    def _vector(self, token_ids: Sequence[int]) -> Vector:
        mean: Vector = self._words[list(token_ids) or [0]].mean(0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)
