"""Vectors whose distribution is known: documents are clusters of chunks around a centre of their own."""

from __future__ import annotations

import numpy as np

from workloads.drift.windows import Sample
from workloads.embedding.records import Head, Point, chunk_id
from workloads.embedding.stores.port import VectorStore


def cloud(
    documents: int,
    random: np.random.Generator,
    *,
    dimension: int = 16,
    chunks: int = 4,
    likeness: float = 1.0,
    moved: float = 0.0,
    prefix: str = "doc",
) -> Sample:
    """Unit vectors; `likeness` is how much the chunks of a document resemble each other, `moved` shifts all of them."""
    centres = random.normal(size=(documents, dimension)) * likeness
    vectors = np.repeat(centres, chunks, axis=0) + random.normal(size=(documents * chunks, dimension))
    vectors[:, 0] += moved
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"{prefix}-{number}" for number in range(documents))
    return Sample(vectors.astype(np.float32), names, np.repeat(np.arange(documents), chunks))


def put(store: VectorStore, name: str, sample: Sample, version: str = "v1") -> None:
    """Publish the documents of a sample."""
    for number, document in enumerate(sample.documents):
        vectors = sample.vectors[sample.owners == number]
        points = [
            Point(chunk_id(document, version, ordinal), vector, document, version, ordinal, f"{document} {ordinal}")
            for ordinal, vector in enumerate(vectors)
        ]
        store.upsert(name, points)
        store.put_heads(name, [Head(document, version, len(points))])
