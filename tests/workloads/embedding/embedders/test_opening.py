"""Settings that name no model that can be had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.workloads.embedding.embedders.endpoint_stub import EndpointStub
from tests.workloads.embedding.numpy_minilm import MODEL
from workloads.embedding.embedders.opening import open_embedder
from workloads.embedding.settings import ChunkingSettings, EmbedderSettings
from workloads.faults import InputError


def endpoint(path: str | None) -> EmbedderSettings:
    return EmbedderSettings(kind="openai", model="m", revision="r", url="http://endpoint", path=path)


def test_a_folder_that_is_none() -> None:
    settings = EmbedderSettings(model="m", revision="r", path="/no/such/folder")
    with pytest.raises(InputError, match=r"embedder.path: /no/such/folder: no such folder"):
        open_embedder(settings, ChunkingSettings())


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs the model's tokenizer\.json"):
        open_embedder(endpoint(str(tmp_path)), ChunkingSettings(), {}, EndpointStub().transport)


def test_a_tokenizer_that_does_not_say_what_the_model_reads(tmp_path: Path) -> None:
    shutil.copy(MODEL / "tokenizer.json", tmp_path)
    with pytest.raises(InputError, match="how many tokens it reads"):
        open_embedder(endpoint(str(tmp_path)), ChunkingSettings(), {}, EndpointStub().transport)
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 1000000000000000019884624838656}')
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    assert open_embedder(endpoint(str(tmp_path)), ChunkingSettings(), {}, EndpointStub().transport).reads == 510


def test_long_windows_are_refused_where_the_settings_say_so() -> None:
    chunking = ChunkingSettings(tokens=512, long_windows="refuse")
    with pytest.raises(InputError, match=r"chunking.tokens: 512: m reads 254 tokens .* at most 254"):
        open_embedder(endpoint(str(MODEL)), chunking, {}, EndpointStub().transport)
