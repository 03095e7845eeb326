"""A Sentence Transformers model in this process, on a GPU or the CPU.

It is given token ids, so that what was counted is what is read; batches are made by token budget, of windows of
near-equal length. On a GPU it runs in half precision; that path runs on no machine of the tests.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils.logging import disable_progress_bar

from workloads.embedding.embedders.batches import batches
from workloads.embedding.embedders.embedder import Window
from workloads.embedding.embedders.pooling import pool, split
from workloads.embedding.embedders.special_tokens import plain, surroundings
from workloads.embedding.faults import EmbedderError
from workloads.embedding.records import Vector
from workloads.embedding.settings import EmbedderSettings
from workloads.faults import InputError

_PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class SentenceTransformersEmbedder:
    """The `Embedder` protocol; one forward pass at a time, whoever asks."""

    def __init__(self, settings: EmbedderSettings) -> None:
        self.model = settings.model
        self.revision = settings.revision
        self._budget = settings.batch_tokens
        self._lock = threading.Lock()
        self._net = _load(settings)
        self.tokenizer = plain(_fast(self._net, settings.model))
        self.dimension = int(self._net.get_embedding_dimension() or 0)
        if not self.dimension:
            raise InputError(f"embedder.model: {settings.model}: does not say how long its vectors are")
        self._before, self._after = surroundings(self.tokenizer)
        self._prompt = self._ids(self._net.prompts.get("document") or "")
        longest = int(self._net.max_seq_length or 0)
        if not longest:
            raise InputError(f"embedder.model: {settings.model}: does not say how many tokens it reads")
        self.reads = longest - len(self._before) - len(self._after) - len(self._prompt)
        self._padding = int(self._net.tokenizer.pad_token_id or 0)
        self._pads_left = self._net.tokenizer.padding_side == "left"

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension)."""
        return self._embed([window.token_ids for window in windows], self._prompt)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a query, with the prompt that the model has for queries."""
        return self._embed([self._ids(text)], self._ids(self._net.prompts.get("query") or ""))[0]

    def close(self) -> None:
        """Let go of the model; nothing can be embedded afterwards."""
        del self._net

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def _embed(self, windows: Sequence[Sequence[int]], prompt: Sequence[int]) -> Vector:
        reads = self.reads + len(self._prompt) - len(prompt)
        pieces = split(windows, reads)
        around = len(self._before) + len(self._after) + len(prompt)
        lengths = [piece.end - piece.start + around for piece in pieces]
        vectors = np.zeros((len(pieces), self.dimension), dtype=np.float32)
        for batch in batches(lengths, self._budget):
            texts = [[*prompt, *pieces[position].of(windows[pieces[position].window])] for position in batch]
            vectors[batch] = self._forward(texts, len(prompt))
        return pool(vectors, pieces, len(windows))

    def _forward(self, texts: Sequence[Sequence[int]], prompt: int) -> Vector:
        rows = [[*self._before, *text, *self._after] for text in texts]
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(rows):
            place = slice(longest - len(tokens), None) if self._pads_left else slice(len(tokens))
            ids[row, place] = tokens
            mask[row, place] = 1
        device = self._net.device
        features: dict[str, Any] = {
            "input_ids": torch.from_numpy(ids).to(device),
            "attention_mask": torch.from_numpy(mask).to(device),
            "modality": "text",
        }
        if prompt:
            features["prompt_length"] = prompt + len(self._before)
        try:
            with self._lock, torch.inference_mode():
                found = self._net(features)["sentence_embedding"].float()
                return torch.nn.functional.normalize(found, dim=1).cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise EmbedderError(
                f"embedder.batch_tokens: {self._budget}: the GPU's memory does not hold a batch of {ids.size} tokens"
            ) from error


def _load(settings: EmbedderSettings) -> SentenceTransformer:
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device == "cuda" and not torch.cuda.is_available():
        raise InputError("embedder.device: cuda: this machine has no GPU that PyTorch can use; allowed here: auto, cpu")
    disable_progress_bar()  # of the weights' loading, on stderr even where that is a log
    precision = settings.precision
    if precision == "auto":
        precision = "float16" if device == "cuda" else "float32"
    try:
        return SentenceTransformer(
            settings.path or settings.model,
            device=device,
            revision=None if settings.path else settings.revision,
            local_files_only=settings.path is not None,
            model_kwargs={"dtype": _PRECISIONS[precision]},
        ).eval()
    except (OSError, ValueError) as error:
        raise EmbedderError(f"embedder.model: {settings.path or settings.model}: {error}") from error


def _fast(net: SentenceTransformer, model: str) -> Tokenizer:
    backend = getattr(net.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise InputError(f"embedder.model: {model}: has no fast tokenizer (tokenizer.json)")
    return backend
