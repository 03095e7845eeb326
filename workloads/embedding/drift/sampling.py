"""Samples out of a collection: what readers see of some documents, or of documents that a hash picks."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import numpy as np

from workloads.drift.windows import CHUNKS_PER_DOCUMENT, Sample
from workloads.embedding.records import Head, Vector
from workloads.embedding.slices import slices
from workloads.embedding.stores.port import VectorStore

DOCUMENTS_AT_ONCE: Final = 100
"""Documents of one request to the store."""


def reference_sample(store: VectorStore, name: str, vectors: int) -> Sample:
    """Return at least so many vectors of a collection, or all that a sample may take of it.

    Documents come in the order of their keys' hashes: the same collection gives the same sample, and which documents
    are in it has nothing to do with their names or with when they came.
    """
    chosen: list[tuple[int, str, Head]] = []  # a heap, the largest hash first
    held = 0
    for head in store.heads(name):
        heapq.heappush(chosen, (-document_hash(head.document), head.document, head))
        held += _taken(head)
        while held - _taken(chosen[0][2]) >= vectors:
            held -= _taken(heapq.heappop(chosen)[2])
    return sample_of(store, name, (head for _, _, head in sorted(chosen, reverse=True)), vectors)


def recent_sample(store: VectorStore, name: str, documents: Iterable[str], vectors: int) -> Sample:
    """Return at least so many vectors of these documents, in this order, or all that they have.

    A document without a head is gone, and left out.
    """
    return sample_of(store, name, _heads(store, name, documents), vectors)


def sample_of(store: VectorStore, name: str, heads: Iterable[Head], vectors: int) -> Sample:
    """Return the vectors of these versions in this order, until there are so many."""
    rows: list[Vector] = []
    documents: list[str] = []
    owners: list[int] = []
    waiting = iter(heads)
    while len(rows) < vectors and (batch := list(islice(waiting, DOCUMENTS_AT_ONCE))):
        for document, found in zip(batch, _vectors(store, name, batch), strict=True):
            if not found or len(rows) >= vectors:
                continue  # its version has changed since its head was read
            owners += [len(documents)] * len(found)
            documents.append(document.document)
            rows += found
    spec = store.spec(name)
    matrix = np.stack(rows) if rows else np.empty((0, spec.dimension if spec else 0), np.float32)
    return Sample(matrix, tuple(documents), np.array(owners, np.int64))


def _vectors(store: VectorStore, name: str, heads: list[Head]) -> list[list[Vector]]:
    """Return up to CHUNKS_PER_DOCUMENT vectors of each head's version: with the smallest ids, which are hashes."""
    asked = {(head.document, head.version): dict[str, Vector]() for head in heads}
    where = {"document": [head.document for head in heads], "version": sorted({head.version for head in heads})}
    for point in store.export(name, where):
        found = asked.get((point.document, point.version))
        if found is None:
            continue
        found[point.id] = point.vector
        if len(found) > CHUNKS_PER_DOCUMENT:
            del found[max(found)]
    return [[vector for _, vector in sorted(found.items(), key=lambda item: item[0])] for found in asked.values()]


def _heads(store: VectorStore, name: str, documents: Iterable[str]) -> Iterator[Head]:
    for batch in slices(documents, DOCUMENTS_AT_ONCE):
        found = {head.document: head for head in store.heads(name, batch)}
        yield from (found[document] for document in batch if document in found)


def _taken(head: Head) -> int:
    return min(head.chunks, CHUNKS_PER_DOCUMENT)


def document_hash(document: str) -> int:
    """Return a number that has nothing to do with what a document is about."""
    return int.from_bytes(hashlib.sha256(document.encode()).digest()[:8])
