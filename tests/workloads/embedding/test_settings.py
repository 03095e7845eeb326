"""Settings are refused with file, key, value and what is allowed; what may be a secret is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workloads.embedding.settings import load_settings, parse_settings
from workloads.faults import InputError

GOOD: dict[str, Any] = {
    "index": "docs",
    "source": {"uri": "docs"},
    "embedder": {"model": "m", "revision": "r"},
    "store": {"engine": "pgvector", "url": "postgresql://user@host/db"},
    "manifests": "manifests",
}


def refusal(**changed: Any) -> str:
    with pytest.raises(InputError) as caught:
        parse_settings(GOOD | changed, "settings.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"index": "Docs"}, "settings.yaml: index: 'Docs': String should match pattern"),
        ({"chunking": {"tokens": 8}}, "chunking.tokens: 8: Input should be greater than or equal to 16"),
        ({"chunking": {"tokens": 64, "overlap": 33}}, "chunking: overlap 33: more than half of tokens (64)"),
        ({"store": {"engine": "mysql", "url": "x"}}, "store.engine: 'mysql': Input should be 'pgvector', 'qdrant'"),
        ({"search": {"default_k": 20, "most_k": 10}}, "search: default_k 20: more than most_k (10)"),
        ({"embedder": {"kind": "tei", "model": "m", "revision": "r"}}, "embedder: url: kind tei needs the endpoint's"),
        (
            {"embedder": {"kind": "tei", "model": "m", "revision": "r", "url": "ftp://x"}},
            "embedder: url: needs http:// or https://",
        ),
        ({"indexx": 1, "drift": {"persists": 0}}, "drift.persists: 0: Input should be greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], message: str) -> None:
    assert message in refusal(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"store": {"engine": "pgvector", "url": "postgresql://user:s3cret@host/db"}},
        {"store": {"engine": "qdrant", "url": "https://user:s3cret@host:6333"}},
        {"store": {"engine": "qdrant", "url": "http://host", "api_key_env": "s3cret"}},
        {"store": {"engine": "qdrant", "url": "http://host", "api_key": "s3cret"}},
        {"embedder": {"kind": "openai", "model": "m", "revision": "r", "url": "https://key:s3cret@host/v1"}},
        {"password": "s3cret"},
    ],
)
def test_what_may_be_a_secret_is_not_shown(changed: dict[str, Any]) -> None:
    assert "s3cret" not in refusal(**changed)


@pytest.mark.parametrize(
    ("content", "message"),
    [("- 1", "needs a mapping with the keys index, source"), ("a: [", "is not YAML"), (None, "No such file")],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "settings.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load_settings(file)
    assert str(caught.value).startswith(str(file))
