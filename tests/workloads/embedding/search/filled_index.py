"""A small index, for tests of what reads one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.records import (
    CollectionSpec,
    Head,
    Point,
    Scalar,
    chunk_id,
    collection_name,
    document_version,
)
from workloads.embedding.search.reader import Reader
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import publish

INDEX: Final = "docs"
CHUNKER: Final = "blocks-1/512/64"
TEXTS: Final[Mapping[str, str]] = {
    "docs/models.md": "A model is rolled back with its earlier revision in the stack file.",
    "docs/nodes.md": "Spot nodes are taken back with two minutes of notice.",
    "docs/storage.md": "Buckets are kept when the stack is destroyed.",
    "docs/network.md": "Subnets span three zones, and each has its own gateway.",
}


@dataclass(frozen=True)
class Words:
    text: str
    token_ids: Sequence[int]


def spec_of(embedder: Embedder, chunker: str = CHUNKER) -> CollectionSpec:
    name = collection_name(INDEX, embedder.model, embedder.revision, chunker)
    return CollectionSpec(name, embedder.dimension, "cosine", embedder.model, embedder.revision, chunker)


def put(store: VectorStore, embedder: Embedder, document: str, text: str, spec: CollectionSpec | None = None) -> None:
    """Publish a document of one chunk."""
    spec = spec or spec_of(embedder)
    version = document_version(text, spec.model, spec.revision, spec.chunker)
    ids = embedder.tokenizer.encode(text, add_special_tokens=False).ids
    metadata: dict[str, Scalar] = {"lang": "en", "letters": len(text), "long": len(text) > 60}
    point = Point(
        chunk_id(document, version, 0),
        embedder.embed([Words(text, ids)])[0],
        document,
        version,
        0,
        text,
        "Guide > Part",
        metadata,
    )
    publish(store, spec.name, Head(document, version, 1), [point])


def fill(store: VectorStore, embedder: Embedder, chunker: str = CHUNKER) -> CollectionSpec:
    """Make the embedder's collection with all texts, and return what it is; no alias names it yet."""
    spec = spec_of(embedder, chunker)
    store.create(spec)
    for document, text in TEXTS.items():
        put(store, embedder, document, text, spec)
    return spec


def filled_reader(store: VectorStore | None = None, embedder: Embedder | None = None) -> Reader:
    """A reader of a filled, live index."""
    store = store or MemoryStore()
    embedder = embedder or HashEmbedder()
    spec = fill(store, embedder)
    store.point_alias(INDEX, spec.name)
    return Reader(lambda: store, embedder, INDEX, spec.name)


def stale(point: Point) -> Point:
    """The same chunk, of a version that no head names."""
    return replace(point, id=chunk_id(point.document, "other", point.ordinal), version="other")
