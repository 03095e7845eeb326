"""Answers questions from the live collection of an index."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from workloads.embedding.embedders.embedder import Embedder
from workloads.embedding.faults import DimensionError, StoreError
from workloads.embedding.records import CollectionSpec
from workloads.embedding.search.question import Answer, Question, Target, check_words
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import SeenHeads, visible_search
from workloads.faults import InputError


class IndexMissingError(StoreError):
    """No collection that this reader's model can search stands behind the index."""


class _Seen(threading.local):
    """The heads that each thread has read.

    A thread must not take over what another one read after its own search began: the search may have seen less.
    """

    def __init__(self) -> None:
        self._name = ""
        self._heads = SeenHeads()

    def of(self, name: str) -> SeenHeads:
        """Return those of a collection; those of the one before are dropped."""
        if self._name != name:
            self._name, self._heads = name, SeenHeads()
        return self._heads


class Reader:
    """Searches an index, and follows its alias.

    The index may be cut over to a collection of another model while this reader runs. Vectors of two models can't be
    compared, so the reader then stays with the collection of its own model, which is kept for a rollback, until it is
    started with the new settings: `Target.live` says so. May be used from several threads.
    """

    def __init__(self, open_store: Callable[[], VectorStore], embedder: Embedder, index: str, own: str) -> None:
        """Make a reader.

        `open_store` is called at the first question, and again after it failed: a database that is down is a reason to
        answer "come again", not to end. `own` names the collection that ingestion with the reader's settings fills.
        """
        self._open_store = open_store
        self._embedder = embedder
        self._index = index
        self._own = own
        self._store: VectorStore | None = None
        self._opening = threading.Lock()
        self._specs: dict[str, CollectionSpec] = {}
        self._seen = _Seen()

    def search(self, question: Question) -> Answer:
        """Return the answer; raises `InputError` for a question that can't be asked, `StoreError`, `EmbedderError`."""
        check_words(question)
        store = self._opened()
        if question.mode == "hybrid" and not store.has_hybrid:
            raise InputError(f"mode 'hybrid': {store.engine} has no keyword search here; allowed: 'vector'")
        target = self._target(store)
        started = time.perf_counter()
        vector = self._embedder.embed_query(question.text)
        embedded = time.perf_counter()
        text = question.text if question.mode == "hybrid" else None
        while True:
            name = target.spec.name
            where, seen = question.where or None, self._seen.of(name)
            try:
                hits = visible_search(
                    store, name, vector, question.k, where, text=text, exact=question.exact, seen=seen
                )
            except StoreError:
                # An old collection may be dropped between its being looked up and searched.
                self._specs.pop(name, None)
                target = self._target(store)
                if target.spec.name == name:
                    raise
            else:
                return Answer(tuple(hits), target, embedded - started, time.perf_counter() - embedded)

    def target(self) -> Target:
        """Return what would be searched now; raises as `search` does where nothing could be."""
        return self._target(self._opened())

    def close(self) -> None:
        """Give back model and connections."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None
        self._embedder.close()

    def _opened(self) -> VectorStore:
        with self._opening:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    def _target(self, store: VectorStore) -> Target:
        live = store.alias(self._index)
        spec = self._spec(store, live) if live is not None else None
        if spec is None:
            raise IndexMissingError(f"index {self._index!r}: has no collection yet; `ingest` makes and fills it")
        if not self._fits(spec):
            own = self._spec(store, self._own)
            if own is None:
                raise IndexMissingError(
                    f"index {self._index!r}: {spec.name} has vectors of {spec.model} at {spec.revision}; the settings "
                    f"say {self._embedder.model} at {self._embedder.revision}, whose collection is gone"
                )
            return Target(own, live=False)
        if spec.dimension != self._embedder.dimension:
            raise DimensionError(
                f"collection {spec.name}: has {spec.dimension} dimensions, {self._embedder.model} makes "
                f"{self._embedder.dimension}"
            )
        return Target(spec, live=True)

    def _spec(self, store: VectorStore, name: str) -> CollectionSpec | None:
        # A collection never changes what it was made as.
        spec = self._specs.get(name) or store.spec(name)
        if spec is not None:
            self._specs[name] = spec
        return spec

    def _fits(self, spec: CollectionSpec) -> bool:
        return (spec.model, spec.revision) == (self._embedder.model, self._embedder.revision)
