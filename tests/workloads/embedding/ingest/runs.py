"""Runs for tests: small windows, an embedder that costs nothing, and what a reader sees afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.workloads.embedding.hash_embedder import HashEmbedder
from workloads.archive import open_archive
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.ingest.metrics import Metrics
from workloads.embedding.ingest.run import Run
from workloads.embedding.settings import EmbeddingSettings, parse_settings
from workloads.embedding.sources.source import Source
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_export

EMBEDDER = HashEmbedder()


def text(name: str, sentences: int = 30) -> bytes:
    """Return a text of some chunks, whose every sentence says whose it is."""
    return " ".join(f"Sentence number {number} of {name} is about storage." for number in range(sentences)).encode()


def rows(names: Sequence[str]) -> bytes:
    """Return JSON lines, a document each."""
    return b"".join(
        json.dumps({"id": name, "text": f"The answer to {name} is long."}).encode() + b"\n" for name in names
    )


def settings(folder: Path, changes: Mapping[str, Any]) -> EmbeddingSettings:
    content: dict[str, Any] = {
        "index": "docs",
        "source": {"uri": "memory", "most_deleted_percent": 70},
        "embedder": {"model": "hash", "revision": "1"},
        "store": {"engine": "pgvector", "url": "postgresql://nobody@nowhere/none", "batch_points": 16},
        "chunking": {"tokens": 64, "overlap": 8},
        "manifests": str(folder),
    }
    for section, values in changes.items():
        content[section] = content[section] | values if isinstance(content.get(section), dict) else values
    return parse_settings(content, "settings.yaml")


def run(
    folder: Path,
    store: VectorStore,
    source: Source,
    *,
    embedder: Embedder = EMBEDDER,
    watch: Sequence[Callable[[Entry], None]] = (),
    allow_deletions: bool = False,
    shadow: bool = False,
    changes: Mapping[str, Any] | None = None,
) -> Run:
    used = settings(folder, changes or {})
    return Run(
        used,
        store,
        embedder,
        source,
        open_archive(used.manifests),
        Metrics(used.index),
        allow_deletions=allow_deletions,
        shadow=shadow,
        watch=watch,
    )


def seen(store: VectorStore, name: str = "docs") -> dict[str, list[str]]:
    """Return what readers see: the chunks of each document, in order. Fails if a document is there half or twice."""
    collection = store.alias(name) or name
    found: dict[str, dict[int, str]] = {}
    for point in visible_export(store, collection):
        chunks = found.setdefault(point.document, {})
        assert point.ordinal not in chunks, f"{point.document} has chunk {point.ordinal} twice"
        chunks[point.ordinal] = point.text
    heads = {head.document: head.chunks for head in store.heads(collection)}
    assert {document: len(chunks) for document, chunks in found.items()} == heads
    return {document: [chunks[ordinal] for ordinal in sorted(chunks)] for document, chunks in sorted(found.items())}
