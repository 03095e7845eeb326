"""What goes through the pipeline: documents, chunks, points, heads and hits; and how they are named."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from workloads.embedding.faults import Fate

Metric = Literal["cosine", "dot", "euclidean"]
Scalar = str | int | float | bool
Metadata = Mapping[str, Scalar]
"""Flat, so that every engine can filter by it."""
Vector = npt.NDArray[np.float32]

_ID_SPACE: Final = uuid.UUID("7f0a9f6e-5c0f-5a3c-9e53-3c0c8e0b7c51")
"""Any fixed UUID would do; with another one every id would be another."""
LONGEST_COLLECTION_NAME: Final = 48
"""Leaves room for the suffixes of PostgreSQL's 63-byte names."""
INDEX_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,15}")


BlockKind = Literal["heading", "paragraph", "list", "code", "table"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document's structure, as a range of characters of its text."""

    kind: BlockKind
    start: int
    """First character"""
    end: int
    """Character after the last"""
    level: int = 0
    """Of a heading: 1 (outermost) to 6"""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a parser gives it: its text and where its structure lies."""

    key: str
    """Where it came from, stable between runs: `s3://bucket/guide.md`, `docs/guide.md`, `faq.jsonl#17`."""
    text: str
    digest: str
    """SHA-256 of what was read, hexadecimal: the same digest is the same document."""
    metadata: Metadata = field(default_factory=dict[str, Scalar])
    blocks: tuple[Block, ...] = ()
    """In order, none over another; what lies in none is read as paragraphs"""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that can't be taken, in place of the document."""

    document: str
    """Its key; a source's item that could not be read to its end is named by the item's own key"""
    fate: Fate
    """`skipped` by a rule of ours, or `failed` because it is broken"""
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A window of a document."""

    document: str
    """Key of its document."""
    ordinal: int
    """Which of the document's chunks, from 0."""
    start: int
    """First character in the document's text."""
    end: int
    """Character after the last."""
    text: str
    token_ids: tuple[int, ...]
    """Of the embedding model's own tokenizer, without its special tokens: what is counted and what is embedded."""
    heading: str = ""
    """Headings above it, outermost first: `Install > From source`."""


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk with its vector, as a store keeps it."""

    id: str
    """A UUID, from `chunk_id`."""
    vector: Vector
    """float32, of the collection's dimension."""
    document: str
    version: str
    """Which version of the document it belongs to: `document_version`."""
    ordinal: int
    text: str
    heading: str = ""
    metadata: Metadata = field(default_factory=dict[str, Scalar])


@dataclass(frozen=True, slots=True)
class Head:
    """The version of a document that readers see: putting a head is what publishes a document, as one write."""

    document: str
    version: str
    chunks: int
    source_tag: str = ""
    """What the source says of it without its being read, such as an S3 ETag with its size; may be empty."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found."""

    id: str
    score: float
    """Larger is nearer, for every metric: cosine similarity, inner product, or the negative distance."""
    document: str
    version: str
    ordinal: int
    text: str
    heading: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    """A collection: what its vectors are, and how they are indexed."""

    name: str
    """From `collection_name`."""
    dimension: int
    metric: Metric
    model: str
    revision: str
    chunker: str
    """Name, version and sizes of the chunker: `tokens-1/512/64`."""
    index: Literal["hnsw", "flat"] = "hnsw"
    hnsw_m: int = 16
    """Edges per node of the graph."""
    hnsw_ef_construction: int = 128
    """Candidates that are looked at for each new node."""


def document_version(digest: str, model: str, revision: str, chunker: str) -> str:
    """Return the version of a document: another text, model or chunker makes another version."""
    return hashlib.sha256("\0".join((digest, model, revision, chunker)).encode()).hexdigest()[:32]


def chunk_id(document: str, version: str, ordinal: int) -> str:
    """Return a chunk's id: the same document, text, position, model and chunker always give the same.

    The version holds the content's digest, the model with its revision, and the chunker with its version. The
    document's key is in it too: of two documents with the same text, each has chunks of its own.
    """
    return str(uuid.uuid5(_ID_SPACE, "\0".join((document, version, str(ordinal)))))


def collection_name(index: str, model: str, revision: str, chunker: str) -> str:
    """Return the name of the collection for an index, such as `docs_all_minilm_l6_v2_53aa5117_3f2a9c1b`.

    Lower-case letters, digits and underscores only, at most 48 of them: all five engines take that. Raises ValueError
    for an index name that is not `[a-z][a-z0-9_]{0,15}`.
    """
    if not INDEX_NAME.fullmatch(index):
        raise ValueError(f"index {index!r}: needs 1 to 16 lower-case letters, digits and _, the first a letter")
    exact = hashlib.sha256("\0".join((model, revision, chunker)).encode()).hexdigest()[:8]
    revised = re.sub(r"[^a-z0-9]", "", revision.lower())[:8] or "unknown"
    room = LONGEST_COLLECTION_NAME - len(index) - len(revised) - len(exact) - 3
    slug = (
        re.sub(r"[^a-z0-9]+", "_", model.rstrip("/").rpartition("/")[2].lower()).strip("_")[:room].strip("_") or "model"
    )
    return f"{index}_{slug}_{revised}_{exact}"
