"""An embedding endpoint as an httpx transport: it answers as OpenAI's or TEI's, and misbehaves on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.numpy_minilm import minilm_tokenizer

Misbehaviour = Callable[[list[str], int], httpx.Response | None]
"""Given the texts and which request it is, from 0, an answer in place of the vectors."""


class EndpointStub:
    """Vectors are those of `HashEmbedder`; `requests` holds the texts of each request that got as far."""

    def __init__(
        self, *, reads: int = 254, info: dict[str, Any] | None = None, misbehave: Misbehaviour | None = None
    ) -> None:
        self.requests: list[list[str]] = []
        self.headers: list[httpx.Headers] = []
        self.most_at_once = 0
        self.transport = httpx.MockTransport(self._answer)
        self._reads = reads
        self._info = info
        self._misbehave = misbehave
        self._tokenizer = minilm_tokenizer()
        self._hash = HashEmbedder()
        self._lock = threading.Lock()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404) if self._info is None else httpx.Response(200, json=self._info)
        body = json.loads(request.content)
        tei = request.url.path.endswith("/embed")
        texts: list[str] = body["inputs"] if tei else body["input"]
        with self._lock:
            number = len(self.requests)
            self.requests.append(texts)
            self.headers.append(request.headers)
        if self._misbehave is not None and (said := self._misbehave(texts, number)) is not None:
            return said
        if any(len(self._tokenizer.encode(text, add_special_tokens=False).ids) > self._reads for text in texts):
            return httpx.Response(413, json={"error": "inputs must have less tokens", "error_type": "Validation"})
        vectors = self.vectors(texts)
        if tei:
            return httpx.Response(200, json=vectors)
        data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return httpx.Response(200, json={"data": data[::-1], "usage": {"total_tokens": 1}})

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(number) for number in self._hash.embed_query(text)] for text in texts]
