"""One run: list the source, publish what is new, remove what is gone, sweep, and write the manifest."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import structlog

from workloads.archive import Archive
from workloads.embedding.chunking.chunker import Chunker
from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.ingest.kept import Kept, ReadWhole, Tags
from workloads.embedding.ingest.lease import lease
from workloads.embedding.ingest.manifest import Entry, Manifest, Outcome, Summary
from workloads.embedding.ingest.metrics import Metrics
from workloads.embedding.ingest.pipeline import PATIENCE, Pipeline
from workloads.embedding.ingest.stopping import Interrupted
from workloads.embedding.records import CollectionSpec, collection_name
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.slices import slices
from workloads.embedding.sources.source import Item, Source
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import remove, sweep
from workloads.faults import InputError, ProgramError

Middle = Callable[[Iterator[Item]], Iterator[Entry]]
"""Publishes the documents of items and gives what became of each: `Pipeline.process`, or the same on many machines."""
Watch = Callable[[Entry], None]

SOME_FAILED: Final = 5
"""Exit status of a run in which single documents failed; all others are as they should be."""
_PROGRAMS: Final = ("sentence-transformers", "torch", "tokenizers", "numpy")
_REMOVED_AT_ONCE: Final = 500

_log: structlog.stdlib.BoundLogger = structlog.get_logger("embedding")


class DeletionError(ProgramError):
    """The run would remove more of the index than `source.most_deleted_percent`; it removed nothing."""


@dataclass
class Run:
    """What a run works with. `middle` stands in for the pipeline in this process."""

    settings: EmbeddingSettings
    store: VectorStore
    embedder: Embedder
    source: Source
    archive: Archive
    metrics: Metrics
    allow_deletions: bool = False
    shadow: bool = False
    """Fill the collection of these settings beside the one that readers see; the alias is left alone."""
    watch: Sequence[Watch] = ()
    middle: Middle | None = None

    def __post_init__(self) -> None:
        embedder = self.embedder
        self.chunker = Chunker(embedder.tokenizer, self.settings.chunking, embedder.reads)
        self.collection = collection_name(self.settings.index, embedder.model, embedder.revision, self.chunker.name)
        self.name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.urandom(2).hex()}"
        self.manifest = Manifest(self.archive, self.settings.index, self.name)
        self._kept = Kept()
        self._read_whole = ReadWhole()
        self._begun = time.monotonic()
        self._started = _now()

    def carry_out(self) -> Summary:
        """Bring the index to what the source holds; the summary is in the archive too.

        Raises whatever ends the run, after a manifest that says so. A run that is cut short without one left nothing
        half visible, and the next run ends where this one would have.
        """
        try:
            with ExitStack() as held:
                check = held.enter_context(lease(self.archive, self.collection))
                swept = self._work(check)
                return self._end(swept=swept)
        except Interrupted as stop:
            self._end("interrupted", str(stop), stop.exit_status)
            raise
        except ProgramError as error:
            self._end("failed", str(error), error.exit_status)
            raise
        except Exception as error:
            self._end("failed", f"{type(error).__name__}: {error}", 1)
            raise

    def _work(self, check: Callable[[], None]) -> int:
        self._live()
        self.store.create(self._spec())
        tags = Tags()
        for head in self.store.heads(self.collection):
            tags.add(head.document, head.source_tag)
        middle = (
            self.middle
            or Pipeline(
                self.source,
                self.settings.source,
                self.chunker,
                self.embedder,
                self.store,
                self.collection,
                self.metrics,
            ).process
        )
        for entry in middle(self._changed(tags, check)):
            check()
            self._take(entry)
        check()
        self._remove_vanished()
        if marks := self._read_whole.heads():
            PATIENCE(self.store.put_heads, self.collection, marks)
        swept = PATIENCE(sweep, self.store, self.collection)
        if self._live() is None and not self.shadow:  # asked again: another model's first run may have been quicker
            self.store.point_alias(self.settings.index, self.collection)
        return swept

    def _live(self) -> str | None:
        alias = self.store.alias(self.settings.index)
        if not self.shadow and alias not in (None, self.collection):
            raise InputError(
                f"{self.settings.index}: readers are served from {alias}, which another model, revision or chunker "
                f"made; these settings make {self.collection}. `embedding reindex` changes from one to the other"
            )
        return alias

    def _changed(self, tags: Tags, check: Callable[[], None]) -> Iterator[Item]:
        for item in self.source.listing():
            check()
            if tags.unchanged(item.key, item.tag):
                self._take(Entry(item.key, "unchanged", source_tag=item.tag))
            else:
                yield item

    def _take(self, entry: Entry) -> None:
        if entry.fate in ("done", "unchanged", "failed"):
            # What failed keeps its last good version, if it has one.
            self._kept.add(entry.document)
        self._read_whole.add(entry)
        self.metrics.add(entry)
        self.manifest.add(entry)
        for watch in self.watch:
            watch(entry)

    def _remove_vanished(self) -> None:
        vanished: list[str] = []
        standing = 0
        for head in self.store.heads(self.collection):
            standing += 1
            if head.document not in self._kept:
                vanished.append(head.document)
        allowed = self.settings.source.most_deleted_percent
        if len(vanished) * 100 > allowed * standing and not self.allow_deletions:
            raise DeletionError(
                f"{len(vanished)} of {standing} documents are no longer in {self.source.uri}: more than "
                f"source.most_deleted_percent ({allowed}). Nothing was removed; --allow-deletions removes them"
            )
        for some in slices(vanished, _REMOVED_AT_ONCE):
            PATIENCE(remove, self.store, self.collection, some)
            for document in some:
                self._take(Entry(document, "removed"))

    def _end(
        self, outcome: Outcome | None = None, error: str | None = None, status: int = 0, swept: int = 0
    ) -> Summary:
        failed = self.manifest.counts["failed"]
        if outcome is None:
            outcome, status = ("incomplete", SOME_FAILED) if failed else ("complete", 0)
        heads = list(self._visible()) if outcome in ("complete", "incomplete") else None
        summary = self.manifest.close(
            Summary(
                run=self.name,
                index=self.settings.index,
                collection=self.collection,
                outcome=outcome,
                exit_status=status,
                error=error,
                started=self._started,
                ended=_now(),
                seconds=round(time.monotonic() - self._begun, 3),
                counts=dict(self.manifest.counts),
                chunks=self.manifest.chunks,
                tokens=self.manifest.tokens,
                swept=swept,
                visible_documents=None if heads is None else len(heads),
                visible_chunks=None if heads is None else sum(heads),
                dimension=self.embedder.dimension,
                model=self.embedder.model,
                revision=self.embedder.revision,
                chunker=self.chunker.name,
                versions=_versions(_PROGRAMS),
                settings=self.settings.model_dump(mode="json"),
            )
        )
        self.metrics.end(summary)
        _log.info("run ended", run=self.name, outcome=outcome, **summary.counts)
        return summary

    def _visible(self) -> Iterator[int]:
        return (head.chunks for head in self.store.heads(self.collection))

    def _spec(self) -> CollectionSpec:
        store = self.settings.store
        return CollectionSpec(
            name=self.collection,
            dimension=self.embedder.dimension,
            metric=store.metric,
            model=self.embedder.model,
            revision=self.embedder.revision,
            chunker=self.chunker.name,
            index=store.index,
            hnsw_m=store.hnsw_m,
            hnsw_ef_construction=store.hnsw_ef_construction,
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions(programs: Iterable[str]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for program in programs:
        try:
            found[program] = version(program)
        except PackageNotFoundError:
            continue
    return found
