"""Sentence Transformers on the CPU against an independent forward pass; its GPU path is not run by any test."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.workloads.embedding.numpy_minilm import MODEL, MiniLmEmbedder
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.embedders.opening import open_embedder
from workloads.embedding.settings import ChunkingSettings, EmbedderSettings
from workloads.faults import InputError

pytestmark = pytest.mark.xdist_group("torch")

SETTINGS = EmbedderSettings(model="minilm", revision="1", path=str(MODEL), device="cpu", batch_tokens=512)


@dataclass
class Window:
    text: str
    token_ids: Sequence[int]


@pytest.fixture(scope="module")
def embedder() -> Generator[Embedder]:
    embedder = open_embedder(SETTINGS, ChunkingSettings())
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def oracle() -> MiniLmEmbedder:
    return MiniLmEmbedder()


def test_it_says_what_it_is(embedder: Embedder) -> None:
    assert (embedder.model, embedder.revision, embedder.dimension, embedder.reads) == ("minilm", "1", 384, 254)
    assert len(embedder.tokenizer.encode("word " * 700, add_special_tokens=False).ids) == 700


def test_vectors_are_those_of_the_oracle(embedder: Embedder, oracle: MiniLmEmbedder) -> None:
    sentences = ["A cat sits on the mat.", "", "Install it with pip, then run it.", "word " * 100, "x"]
    windows = [Window(text, embedder.tokenizer.encode(text, add_special_tokens=False).ids) for text in [*sentences] * 3]
    found = embedder.embed(windows)
    np.testing.assert_allclose(found, oracle.embed(windows), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(embedder.embed_query(sentences[2]), found[2], atol=1e-5)


def test_long_windows_are_pooled_like_the_oracles(embedder: Embedder, oracle: MiniLmEmbedder) -> None:
    text = " ".join(f"number {number} of many" for number in range(150))
    window = Window(text, embedder.tokenizer.encode(text, add_special_tokens=False).ids)
    assert len(window.token_ids) > 2 * embedder.reads
    np.testing.assert_allclose(embedder.embed([window]), oracle.embed([window]), atol=1e-5)


def test_prompts_of_the_model_stand_before_documents_and_queries(tmp_path: Path, oracle: MiniLmEmbedder) -> None:
    for part in MODEL.iterdir():
        tmp_path.joinpath(part.name).symlink_to(part)
    told = tmp_path / "config_sentence_transformers.json"
    told.unlink()
    told.write_text(json.dumps({"prompts": {"query": "query: ", "document": "passage of a guide: "}}))
    embedder = open_embedder(SETTINGS.model_copy(update={"path": str(tmp_path)}), ChunkingSettings())
    text = "install it"
    window = Window(text, embedder.tokenizer.encode(text, add_special_tokens=False).ids)
    assert embedder.reads == 254 - 5  # "passage of a guide :"
    np.testing.assert_allclose(embedder.embed_query(text), oracle.embed_query(f"query: {text}"), atol=1e-5)
    np.testing.assert_allclose(
        embedder.embed([window])[0], oracle.embed_query(f"passage of a guide: {text}"), atol=1e-5
    )


def test_nothing_gives_nothing(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_a_gpu_that_is_not_there_is_said() -> None:
    import torch  # noqa: PLC0415 - seconds of import, which only this group pays

    if torch.cuda.is_available():
        assert open_embedder(SETTINGS.model_copy(update={"device": "cuda"}), ChunkingSettings()).dimension == 384
    else:
        with pytest.raises(InputError, match="no GPU"):
            open_embedder(SETTINGS.model_copy(update={"device": "cuda"}), ChunkingSettings())
