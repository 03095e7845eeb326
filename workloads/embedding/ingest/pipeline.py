"""The middle of a run in one process: read, chunk, embed and publish, in lots; memory is that of one lot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
import tenacity

from workloads.embedding.chunking.chunker import Chunker
from workloads.embedding.embedders.embedder import Embedder, RefusedWindowsError
from workloads.embedding.faults import DimensionError, RefusedPointsError, StoreUnavailableError
from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.ingest.metrics import Metrics
from workloads.embedding.parsing.documents import documents
from workloads.embedding.records import Chunk, Document, Head, Point, Rejection, Vector, chunk_id, document_version
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.source import Item, Source
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import switch
from workloads.faults import ProgramError

Result = TypeVar("Result")

LOT_CHUNKS: Final = 512
"""Embedded at once: enough to sort by length into full batches."""
LOT_DOCUMENTS: Final = 128
LOT_CHARACTERS: Final = 2_000_000
"""Of documents whose heads are looked up at once."""

PATIENCE: Final = tenacity.Retrying(
    retry=tenacity.retry_if_exception_type(StoreUnavailableError),
    stop=tenacity.stop_after_attempt(6),
    wait=tenacity.wait_random_exponential(multiplier=0.5, max=20),
    reraise=True,
)
"""With a store that can't be reached: half a minute in all. Everything that is asked of it may be asked again."""


@dataclass(slots=True, eq=False)
class _Work:
    """A document on its way."""

    document: str
    digest: str
    version: str
    item: Item
    metadata: dict[str, str | int | float | bool]
    chunks: int = 0
    tokens: int = 0
    refused: str = ""

    def entry(self) -> Entry:
        if self.refused:
            return Entry(self.document, "failed", self.refused, self.version, self.digest)
        return Entry(self.document, "done", "", self.version, self.digest, self.item.tag, self.chunks, self.tokens)


@dataclass(slots=True)
class _Lot:
    """What is embedded and published together."""

    chunks: list[tuple[_Work, Chunk]] = field(default_factory=list[tuple[_Work, Chunk]])
    ended: list[_Work] = field(default_factory=list[_Work])
    """Documents whose last chunk is in this lot or an earlier one."""
    begun: list[_Work] = field(default_factory=list[_Work])
    """The document that is being chunked, if any."""
    retagged: list[Head] = field(default_factory=list[Head])
    """Heads of unchanged documents, of whose item the source says something new."""


@dataclass
class Pipeline:
    """Publishes the documents of items, each as a whole."""

    source: Source
    settings: SourceSettings
    chunker: Chunker
    embedder: Embedder
    store: VectorStore
    collection: str
    metrics: Metrics
    retrying: tenacity.Retrying = PATIENCE

    def process(self, items: Iterable[Item]) -> Iterator[Entry]:
        """Give what became of each document, once readers see it.

        A fault that ends the run comes after an entry for each document that was on its way.
        """
        lot = _Lot()
        try:
            for found in self._read(items):
                yield from self._take(found, lot)
            yield from self._publish(lot)
        except ProgramError as error:
            on_their_way = dict.fromkeys([*lot.ended, *(work for work, _ in lot.chunks), *lot.begun])
            yield from (Entry(work.document, "failed", str(error), work.version, work.digest) for work in on_their_way)
            raise

    def _read(self, items: Iterable[Item]) -> Iterator[list[tuple[Document | Rejection, Item]]]:
        some: list[tuple[Document | Rejection, Item]] = []
        characters = 0
        for item in items:
            found = documents(self.source, item, self.settings)
            while True:
                with self.metrics.stage("read"):
                    document = next(found, None)
                if document is None:
                    break
                some.append((document, item))
                characters += len(document.text) if isinstance(document, Document) else 0
                if len(some) >= LOT_DOCUMENTS or characters >= LOT_CHARACTERS:
                    yield some
                    some, characters = [], 0
        yield some

    def _take(self, found: Sequence[tuple[Document | Rejection, Item]], lot: _Lot) -> Iterator[Entry]:
        keys = [document.key for document, _ in found if isinstance(document, Document)]
        standing = {head.document: head for head in self._ask(lambda: list(self.store.heads(self.collection, keys)))}
        for document, item in found:
            if isinstance(document, Rejection):
                yield Entry(document.document, document.fate, document.reason)
                continue
            version = document_version(document.digest, self.embedder.model, self.embedder.revision, self.chunker.name)
            head = standing.get(document.key)
            if head is None or head.version != version:
                work = _Work(document.key, document.digest, version, item, {**document.metadata})
                yield from self._chunk(document, work, lot)
                continue
            if head.source_tag != tag_of(document.key, item):
                lot.retagged.append(Head(document.key, version, head.chunks, tag_of(document.key, item)))
            yield Entry(document.key, "unchanged", "", version, document.digest, item.tag, head.chunks)

    def _chunk(self, document: Document, work: _Work, lot: _Lot) -> Iterator[Entry]:
        chunks = self.chunker.chunks(document)
        lot.begun = [work]
        while True:
            with self.metrics.stage("chunk"):
                chunk = next(chunks, None)
            if chunk is None:
                break
            work.chunks += 1
            work.tokens += len(chunk.token_ids)
            lot.chunks.append((work, chunk))
            if len(lot.chunks) >= LOT_CHUNKS:
                yield from self._publish(lot)
        lot.begun = []
        if work.chunks:
            lot.ended.append(work)
        else:
            yield Entry(work.document, "skipped", "holds no text that the model reads", digest=work.digest)

    def _publish(self, lot: _Lot) -> Iterator[Entry]:
        """Embed and write what is in the lot, make visible what is whole, and leave the lot empty."""
        if lot.chunks:
            with self.metrics.stage("embed"):
                vectors = self._embed(lot.chunks)
            points = [
                (work, _point(work, chunk, vector))
                for (work, chunk), vector in zip(lot.chunks, vectors, strict=True)
                if not work.refused
            ]
            with self.metrics.stage("write"):
                self._write(points)
        heads = [
            Head(work.document, work.version, work.chunks, tag_of(work.document, work.item))
            for work in lot.ended
            if not work.refused
        ]
        heads += lot.retagged
        if heads:
            with self.metrics.stage("publish"):
                self._ask(lambda: switch(self.store, self.collection, heads))
        ended = list(lot.ended)
        lot.chunks.clear()
        lot.ended.clear()
        lot.retagged.clear()
        yield from (work.entry() for work in ended)

    def _embed(self, chunks: Sequence[tuple[_Work, Chunk]]) -> Vector:
        try:
            vectors = self.embedder.embed([chunk for _, chunk in chunks])
        except RefusedWindowsError as error:
            vectors = error.vectors
            for position, reason in error.reasons.items():
                work, chunk = chunks[position]
                work.refused = work.refused or f"chunk {chunk.ordinal}: {reason}"
        if vectors.shape != (len(chunks), self.embedder.dimension):
            raise DimensionError(
                f"{self.embedder.model}: vectors {vectors.shape}; needed ({len(chunks)}, {self.embedder.dimension})"
            )
        for position in np.flatnonzero(~np.isfinite(vectors).all(axis=1)):
            work, chunk = chunks[int(position)]
            work.refused = work.refused or f"chunk {chunk.ordinal}: its vector holds numbers that are none"
        return vectors

    def _write(self, points: Sequence[tuple[_Work, Point]]) -> None:
        """Write points; a document of which the database refuses one for good fails alone."""
        try:
            self._ask(lambda: self.store.upsert(self.collection, [point for _, point in points]))
        except RefusedPointsError as error:
            for work, point in points:
                if reason := error.reasons.get(point.id):
                    work.refused = work.refused or f"chunk {point.ordinal}: {reason}"
            taken = [point for work, point in points if not work.refused]
            self._ask(lambda: self.store.upsert(self.collection, taken))

    def _ask(self, call: Callable[[], Result]) -> Result:
        return self.retrying(call)


def tag_of(document: str, item: Item) -> str:
    """Return the tag that a document's head carries from the start: its item's, if it is all that the item holds.

    Of an item with many documents, one head gets the tag at the end of the run: then all of them are visible, and
    those that vanished are gone.
    """
    return item.tag if document == item.key else ""


def _point(work: _Work, chunk: Chunk, vector: Vector) -> Point:
    return Point(
        id=chunk_id(work.document, work.version, chunk.ordinal),
        vector=vector,
        document=work.document,
        version=work.version,
        ordinal=chunk.ordinal,
        text=chunk.text,
        heading=chunk.heading,
        metadata=work.metadata,
    )
