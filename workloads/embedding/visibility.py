"""What readers see: a version of a document becomes visible as a whole, by its head, and goes as a whole.

Points are written first, then the head, then points of older versions are deleted. A kill between two of these leaves
points that no head names: no reader sees them, and `sweep` deletes them. Every function may be run again after it was
cut short, with the same result. One writer at a time per collection is the caller's part (`ingest.lease`).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from workloads.embedding.records import Head, Hit, Point, Vector
from workloads.embedding.slices import slices
from workloads.embedding.stores.port import VectorStore, Where

_ROUNDS: Final = 8
"""Searches for one answer: each new one means that a document was published in the meantime."""
_AT_ONCE: Final = 500
"""Documents named in one request."""
_OVER_FETCH: Final = 8
"""Points asked for beyond the limit, as some may be of versions that are going."""
_REMEMBERED: Final = 100_000
"""Heads that a reader remembers; some ten megabytes."""
_MEMORY: Final = 60.0
"""Seconds after which a reader forgets them."""


class SeenHeads(dict[str, str]):
    """The heads (document to version) that a long-lived reader has read: with them most answers need one search.

    They are forgotten after a minute: a document that goes back to a version of long ago is being written again, and
    what was seen of that version then says nothing about now.
    """

    def __init__(self) -> None:
        super().__init__()
        self._since = time.monotonic()

    def forget(self) -> None:
        """Forget what is old, or more than is to be kept."""
        if len(self) > _REMEMBERED or time.monotonic() - self._since > _MEMORY:
            self.clear()
            self._since = time.monotonic()


def publish(store: VectorStore, name: str, head: Head, points: Sequence[Point]) -> None:
    """Make a version of a document visible in place of the one before."""
    publish_many(store, name, [head], points)


def publish_many(store: VectorStore, name: str, heads: Sequence[Head], points: Sequence[Point]) -> None:
    """Make versions of several documents visible, each as a whole; `points` are those of all of them."""
    if points:
        store.upsert(name, points)
    switch(store, name, heads)


def switch(store: VectorStore, name: str, heads: Sequence[Head]) -> None:
    """Make versions visible whose points all stand already, and delete the points of the versions before."""
    for part in slices(heads, _AT_ONCE):
        earlier = {head.document: head.version for head in store.heads(name, [head.document for head in part])}
        store.put_heads(name, part)
        # By version: two documents with the same text share one, so that no other pairing of the two lists may match.
        outdated: dict[str, list[str]] = defaultdict(list)
        for head in part:
            version = earlier.get(head.document, head.version)
            if version != head.version:
                outdated[version].append(head.document)
        for version, documents in outdated.items():
            store.delete(name, {"document": documents, "version": version})


def remove(store: VectorStore, name: str, documents: Sequence[str]) -> None:
    """Make documents invisible, then delete their points."""
    for part in slices(documents, _AT_ONCE):
        store.delete_heads(name, part)
        store.delete(name, {"document": part})


def sweep(store: VectorStore, name: str) -> int:
    """Delete the points that no head names, and return how many they were.

    Where as many points stand as heads count, there are none: a kill leaves points too many, never too few.
    """
    if store.count(name) == visible_count(store, name):
        return 0
    visible = {head.document: head.version for head in store.heads(name)}
    outdated: dict[tuple[str, str], int] = defaultdict(int)
    for point in store.export(name):
        if visible.get(point.document) != point.version:
            outdated[point.document, point.version] += 1
    for document, version in outdated:
        store.delete(name, {"document": document, "version": version})
    return sum(outdated.values())


def visible_count(store: VectorStore, name: str) -> int:
    """Return how many chunks readers can find, as heads count them."""
    return sum(head.chunks for head in store.heads(name))


def visible_export(store: VectorStore, name: str, where: Where | None = None) -> Iterator[Point]:
    """Give every point that readers can find; memory grows with the number of documents, not of points."""
    visible = {head.document: head.version for head in store.heads(name)}
    return (point for point in store.export(name, where) if visible.get(point.document) == point.version)


def visible_search(
    store: VectorStore,
    name: str,
    vector: Vector,
    limit: int,
    where: Where | None = None,
    *,
    text: str | None = None,
    exact: bool = False,
    seen: SeenHeads | None = None,
) -> list[Hit]:
    """Return the best visible hits, best first; with `text` by keywords too, where the store has that.

    `name` may be an alias; which collection it names is looked up once, so that one answer is of one collection. A hit
    counts where its document's head, read after the search, names its version. If that version may have been half
    written while the search ran, the search is made again.
    """
    known = SeenHeads() if seen is None else seen
    known.forget()
    collection = store.alias(name) or name
    ask = limit + _OVER_FETCH
    visible: list[Hit] = []
    for _ in range(_ROUNDS):
        if text is None:
            hits = store.search(collection, vector, ask, where, exact=exact)
        else:
            hits = store.hybrid(collection, vector, text, ask, where)
        documents = sorted({hit.document for hit in hits})
        now = {
            head.document: head.version
            for part in slices(documents, _AT_ONCE)
            for head in store.heads(collection, part)
        }
        visible = [hit for hit in hits if now.get(hit.document) == hit.version]
        settled = all(known.get(document) == version for document, version in now.items())
        known.update(now)
        enough = len(visible) >= limit or len(hits) < ask
        if settled and enough:
            break
        if not enough:
            ask *= 2
    return visible[:limit]
