"""Text Embeddings Inference: huggingface.github.io/text-embeddings-inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workloads.embedding.embedders.requests import Requests
from workloads.embedding.settings import EmbedderSettings
from workloads.faults import InputError


class TeiApi:
    """`POST /embed`, without truncation; `GET /info` says which model is served, and its limits."""

    path = "/embed"

    def __init__(self, settings: EmbedderSettings, requests: Requests) -> None:
        """Raises `InputError` where the endpoint serves another model or revision than the settings name."""
        told = requests.get("/info")
        info: dict[str, Any] = told if isinstance(told, dict) else {}
        self.most_texts = int(info.get("max_client_batch_size") or 32)
        self.reads = int(info.get("max_input_length") or 0)
        """Special tokens included; 0 where the endpoint does not say."""
        for key, said in (("model", info.get("model_id")), ("revision", info.get("model_sha"))):
            wanted = getattr(settings, key)
            # A model from a folder is served under the folder's name, and without a commit.
            if said and not str(said).startswith("/") and said != wanted:
                raise InputError(f"embedder.{key}: {wanted}: {requests.url} serves {said}")

    def body(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the request for some texts."""
        return {"inputs": list(texts), "normalize": True, "truncate": False}

    def vectors(self, answer: Any) -> list[list[float]]:
        """Return the vectors, which are the whole answer."""
        if not isinstance(answer, list):
            raise TypeError("no list")
        return list(answer)
