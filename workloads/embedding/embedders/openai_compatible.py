"""The embeddings API of OpenAI, which vLLM, LiteLLM and others speak too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class OpenAiApi:
    """`POST /embeddings`: platform.openai.com/docs/api-reference/embeddings/create."""

    path = "/embeddings"
    most_texts = 2048

    def __init__(self, model: str) -> None:
        self._model = model

    def body(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the request for some texts."""
        return {"model": self._model, "input": list(texts), "encoding_format": "float"}

    def vectors(self, answer: Any) -> list[list[float]]:
        """Return the vectors; their order is said by `index`."""
        return [found["embedding"] for found in sorted(answer["data"], key=lambda found: int(found["index"]))]
