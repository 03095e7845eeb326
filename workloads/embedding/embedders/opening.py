"""The embedder that the settings name."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workloads.embedding.faults import EmbedderError
from workloads.embedding.settings import ChunkingSettings, EmbedderSettings
from workloads.faults import InputError

if TYPE_CHECKING:
    import httpx
    from tokenizers import Tokenizer

    from workloads.embedding.embedders.embedder import Embedder

_NO_LIMIT = 1_000_000
"""Tokenizers without a limit of their own say 10^30 or so."""


def open_embedder(
    settings: EmbedderSettings,
    chunking: ChunkingSettings,
    environ: Mapping[str, str] = os.environ,
    transport: httpx.BaseTransport | None = None,
) -> Embedder:
    """Return the embedder, ready for work; `transport` stands in for the network.

    Raises `InputError` where windows are longer than the model reads and the settings refuse that, and for a model
    that is not there or not the one that the settings name; `AccessError` where a key is missing or refused.
    """
    embedder = _local(settings) if settings.kind == "sentence-transformers" else _remote(settings, environ, transport)
    if chunking.long_windows == "refuse" and chunking.tokens > embedder.reads:
        embedder.close()
        raise InputError(
            f"chunking.tokens: {chunking.tokens}: {settings.model} reads {embedder.reads} tokens beside its special "
            f"ones; allowed: at most {embedder.reads}, or chunking.long_windows: pool"
        )
    return embedder


def _local(settings: EmbedderSettings) -> Embedder:
    if settings.path is not None and not Path(settings.path).is_dir():
        raise InputError(f"embedder.path: {settings.path}: no such folder")
    # Seconds of imports that no other kind needs.
    from workloads.embedding.embedders.sentence_transformers import (  # noqa: PLC0415 - see above
        SentenceTransformersEmbedder,
    )

    return SentenceTransformersEmbedder(settings)


def _remote(settings: EmbedderSettings, environ: Mapping[str, str], transport: httpx.BaseTransport | None) -> Embedder:
    from workloads.embedding.embedders.endpoint import EndpointEmbedder  # noqa: PLC0415 - only this kind needs them
    from workloads.embedding.embedders.openai_compatible import OpenAiApi  # noqa: PLC0415 - as above
    from workloads.embedding.embedders.requests import Requests  # noqa: PLC0415 - as above
    from workloads.embedding.embedders.special_tokens import surroundings  # noqa: PLC0415 - as above
    from workloads.embedding.embedders.tei import TeiApi  # noqa: PLC0415 - as above

    tokenizer = _tokenizer(settings)
    requests = Requests(settings, environ, transport)
    api = TeiApi(settings, requests) if settings.kind == "tei" else OpenAiApi(settings.model)
    reads = (api.reads if isinstance(api, TeiApi) else 0) or _reads(settings)
    return EndpointEmbedder(settings, requests, api, tokenizer, reads - sum(map(len, surroundings(tokenizer))))


def _tokenizer(settings: EmbedderSettings) -> Tokenizer:
    from tokenizers import Tokenizer  # noqa: PLC0415 - only endpoints need it here

    from workloads.embedding.embedders.special_tokens import plain  # noqa: PLC0415 - as above

    try:
        if settings.path is not None:
            return plain(Tokenizer.from_file(str(Path(settings.path) / "tokenizer.json")))
        return plain(Tokenizer.from_pretrained(settings.model, revision=settings.revision))
    except Exception as error:  # tokenizers raises nothing more exact
        fault = EmbedderError if settings.path is None else InputError
        where = settings.path or settings.model
        raise fault(f"embedder.path: {where}: needs the model's tokenizer.json: {error}") from error


def _reads(settings: EmbedderSettings) -> int:
    """Return how many tokens the model reads, special ones included, as the files beside its tokenizer say."""
    folder = Path(settings.path) if settings.path is not None else None
    if folder is not None:
        for file, key in (
            ("sentence_bert_config.json", "max_seq_length"),
            ("tokenizer_config.json", "model_max_length"),
            ("config.json", "max_position_embeddings"),
        ):
            try:
                found = json.loads((folder / file).read_text(encoding="utf-8")).get(key)
            except (OSError, ValueError, AttributeError):
                continue
            if isinstance(found, int) and 0 < found < _NO_LIMIT:
                return found
    raise InputError(
        f"embedder.path: {settings.path}: needs the folder with the model's tokenizer.json and tokenizer_config.json, "
        "which says how many tokens it reads"
    )
