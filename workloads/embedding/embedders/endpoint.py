"""An embedding model behind HTTP. It is sent text: most endpoints have a tokenizer of their own and no ids.

What is too long for the model is cut here, by its tokenizer, and pooled; the endpoint is never asked to truncate.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from workloads.embedding.embedders.batches import batches
from workloads.embedding.embedders.embedder import RefusedWindowsError, Window
from workloads.embedding.embedders.pooling import Piece, normalised, pool, split
from workloads.embedding.embedders.rate_limit import RateLimit
from workloads.embedding.embedders.requests import RefusedError, Requests
from workloads.embedding.faults import EmbedderError
from workloads.embedding.records import Vector
from workloads.embedding.settings import EmbedderSettings
from workloads.faults import InputError


class Api(Protocol):
    """How an endpoint is spoken to."""

    path: str
    most_texts: int
    """Of one request."""

    def body(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the request for some texts."""
        ...

    def vectors(self, answer: Any) -> list[list[float]]:
        """Return the vectors of an answer, in the order of the texts; KeyError, TypeError if it is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Batch:
    texts: list[str]
    positions: list[int]
    """Of the texts among all pieces."""
    tokens: int


class EndpointEmbedder:
    """The `Embedder` protocol over HTTP: several requests at a time, within the endpoint's rate limits."""

    def __init__(
        self, settings: EmbedderSettings, requests: Requests, api: Api, tokenizer: Tokenizer, reads: int
    ) -> None:
        self.model = settings.model
        self.revision = settings.revision
        self.tokenizer = tokenizer
        self.reads = reads
        self._settings = settings
        self._requests = requests
        self._api = api
        self._request_limit = RateLimit(settings.requests_per_minute, sleep=requests.closed.wait)
        self._token_limit = RateLimit(settings.tokens_per_minute, sleep=requests.closed.wait)
        self._pool = ThreadPoolExecutor(settings.concurrency, "embed")
        self.dimension = 0
        try:
            self.dimension = len(self._asked(["dimension"], 3)[0])
        except RefusedError as error:
            raise EmbedderError(str(error)) from error

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension)."""
        return self._embed([window.text for window in windows])

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a query; `InputError` where the endpoint refuses it."""
        try:
            return self._embed([text])[0]
        except RefusedWindowsError as error:
            # Without its address, which those who search need not know.
            raise InputError(f"query: the endpoint of {self.model} does not take it") from error

    def close(self) -> None:
        """Close the connections; what is still under way ends with its next attempt."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._requests.close()

    def _embed(self, windows: Sequence[str]) -> Vector:
        pieces, texts = self._pieces(windows)
        lengths = [piece.end - piece.start for piece in pieces]
        jobs = [
            _Batch([texts[position] for position in some], some, sum(lengths[position] for position in some))
            for batch in batches(lengths, self._settings.batch_tokens)
            for some in _of_at_most(self._api.most_texts, batch)
        ]
        vectors = np.zeros((len(pieces), self.dimension), dtype=np.float32)
        refused: dict[int, str] = {}
        under_way = [self._pool.submit(self._carry_out, job) for job in jobs]
        try:
            for done in under_way:
                for position, found in done.result().items():
                    if isinstance(found, str):
                        refused[pieces[position].window] = found
                    else:
                        vectors[position] = found
        finally:
            for job in under_way:
                job.cancel()
        whole = pool(normalised(vectors), pieces, len(windows))
        if refused:
            whole[list(refused)] = 0
            raise RefusedWindowsError(refused, whole)
        return whole

    def _pieces(self, windows: Sequence[str]) -> tuple[list[Piece], list[str]]:
        encodings = self.tokenizer.encode_batch(list(windows), add_special_tokens=False)
        # A text cut out of another may have a token or two more than it had in it.
        reads = self.reads - max(2, self.reads // 32)
        pieces: list[Piece] = []
        texts: list[str] = []
        for window, (text, encoding) in enumerate(zip(windows, encodings, strict=True)):
            if len(encoding.ids) <= self.reads:
                pieces.append(Piece(window, 0, len(encoding.ids)))
                texts.append(text)
                continue
            for piece in split([encoding.ids], reads):
                start = encoding.offsets[piece.start][0] if piece.start else 0
                end = encoding.offsets[piece.end][0] if piece.end < len(encoding.ids) else len(text)
                pieces.append(Piece(window, piece.start, piece.end))
                texts.append(text[start:end])
        return pieces, texts

    def _carry_out(self, batch: _Batch) -> dict[int, Vector | str]:
        """Return a vector, or why there is none, for each position; a refused batch is halved to find the text."""
        try:
            found = self._asked(batch.texts, batch.tokens)
        except RefusedError as error:
            if len(batch.texts) == 1:
                return {batch.positions[0]: str(error)}
            half = len(batch.texts) // 2
            halves = (slice(None, half), slice(half, None))
            share = batch.tokens // 2
            first, second = (
                self._carry_out(_Batch(batch.texts[part], batch.positions[part], share)) for part in halves
            )
            return first | second
        return dict(zip(batch.positions, found, strict=True))

    def _asked(self, texts: Sequence[str], tokens: int) -> list[Vector]:
        self._request_limit.take(1)
        self._token_limit.take(tokens)
        answer = self._requests.post(self._api.path, self._api.body(texts))
        where = f"{self._requests.url}{self._api.path}"
        try:
            vectors = [np.asarray(vector, dtype=np.float32) for vector in self._api.vectors(answer)]
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise EmbedderError(f"{where}: its answer holds no embeddings: {str(answer)[:200]}") from error
        if len(vectors) != len(texts):
            raise EmbedderError(f"{where}: {len(vectors)} vectors for {len(texts)} texts")
        lengths = {vector.size for vector in vectors}
        if self.dimension and lengths != {self.dimension}:
            raise EmbedderError(f"{where}: vectors of {sorted(lengths)} numbers; the first had {self.dimension}")
        return vectors


def _of_at_most(most: int, positions: list[int]) -> list[list[int]]:
    return [positions[start : start + most] for start in range(0, len(positions), most)]
