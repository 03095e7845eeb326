"""Points, collections and vectors for the stores' tests; the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from workloads.embedding.records import CollectionSpec, Point, Scalar, Vector, chunk_id, document_version

DIMENSION: Final = 8
NAME: Final = "docs_minilm_53aa5117_3f2a9c1b"


def spec(name: str = NAME, **changes: Any) -> CollectionSpec:
    fields: dict[str, Any] = {
        "name": name,
        "dimension": DIMENSION,
        "metric": "cosine",
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "revision": "53aa51172d142c89d9012cce15ae4d6cc0ca6895",
        "chunker": "blocks-1/512/64/pool",
    }
    return CollectionSpec(**(fields | changes))


def direction(*leaning: float, dimension: int = DIMENSION) -> Vector:
    """Return a vector of length 1 that leans towards the first axes."""
    vector = np.zeros(dimension, dtype=np.float32)
    vector[: len(leaning)] = leaning
    return vector / np.float32(np.linalg.norm(vector))


def point(
    document: str = "guide.md",
    ordinal: int = 0,
    *,
    version: str = "",
    vector: Vector | None = None,
    text: str = "a text",
    heading: str = "",
    metadata: Mapping[str, Scalar] | None = None,
) -> Point:
    """Return a point; of a document's first version where none is given."""
    version = version or document_version(document, "model", "revision", "chunker")
    vector = direction(1, ordinal + 1) if vector is None else vector
    identity = chunk_id(document, version, ordinal)
    return Point(identity, vector, document, version, ordinal, text, heading, metadata or {})


def clustered(
    count: int, dimension: int, seed: int = 7, *, clusters: int = 50
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return vectors of length 1 in clusters, as those of texts are: (count, dimension)."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dimension))
    vectors = centres[random.integers(clusters, size=count)] + 0.7 * random.normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
