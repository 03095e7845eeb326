"""A vector store in memory, which does exactly what the port says: for tests of everything above the stores."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec, Head, Hit, Metric, Point, Scalar, Vector
from workloads.embedding.stores.agreement import check_same, check_vector, checked_name
from workloads.embedding.stores.exact import hit
from workloads.embedding.stores.port import Where


@dataclass
class Collection:
    spec: CollectionSpec
    points: dict[str, Point] = field(default_factory=dict[str, Point])
    heads: dict[str, Head] = field(default_factory=dict[str, Head])


class MemoryStore:
    """Dictionaries behind a lock; every call is atomic. `collections` and `aliases` are there to be looked at."""

    engine: ClassVar[str] = "pgvector"
    has_hybrid: ClassVar[bool] = True

    def __init__(self) -> None:
        self.collections: dict[str, Collection] = {}
        self.aliases: dict[str, str] = {}
        self.closed = False
        self._lock = threading.RLock()

    def create(self, spec: CollectionSpec) -> None:
        with self._lock:
            standing = self.collections.get(checked_name(spec.name))
            if standing is not None:
                check_same(standing.spec, spec)
            elif spec.name in self.aliases:
                raise StoreError(f"{spec.name}: is an alias, so it can't be a collection")
            else:
                self.collections[spec.name] = Collection(spec)

    def spec(self, name: str) -> CollectionSpec | None:
        with self._lock:
            found = self.collections.get(self.aliases.get(name, name))
            return found.spec if found else None

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self.collections)

    def drop(self, name: str) -> None:
        with self._lock:
            if self.collections.pop(name, None) is not None:
                self.aliases = {alias: named for alias, named in self.aliases.items() if named != name}

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        with self._lock:
            collection = self._written(name)
            for point in points:
                check_vector(collection.spec, point.vector, point.document)
            for point in points:
                collection.points[point.id] = replace(
                    point, vector=np.array(point.vector, dtype=np.float32), metadata=dict(point.metadata)
                )

    def delete(self, name: str, where: Where) -> None:
        if not where:
            raise ValueError("an empty where would delete everything: drop the collection instead")
        with self._lock:
            points = self._written(name).points
            for point in [point for point in points.values() if matches(point, where)]:
                del points[point.id]

    def search(
        self,
        name: str,
        vector: Vector,
        limit: int,
        where: Where | None = None,
        *,
        exact: bool = False,  # noqa: ARG002 - every search is exact
    ) -> list[Hit]:
        with self._lock:
            collection = self._read(name)
            check_vector(collection.spec, vector, "the query")
            scored = [
                (score(collection.spec.metric, vector, point.vector), point)
                for point in collection.points.values()
                if matches(point, where)
            ]
        scored.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [hit(point, value) for value, point in scored[:limit]]

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        if not self.has_hybrid:
            raise StoreError(f"{self.engine}: has no hybrid search")
        near = self.search(name, vector, self.count(name), where)
        common = Counter(word for found in near for word in words(found.text))
        weights = {found.id: sum(1 / common[word] for word in words(text) & words(found.text)) for found in near}
        worded = sorted((found for found in near if weights[found.id]), key=lambda found: -weights[found.id])
        ranks: dict[str, float] = {}
        for ranking in (near, worded):
            for rank, found in enumerate(ranking):
                ranks[found.id] = ranks.get(found.id, 0.0) + 1 / (60 + rank)
        best = sorted(near, key=lambda found: (-ranks[found.id], found.id))[:limit]
        return [replace(found, score=ranks[found.id]) for found in best]

    def count(self, name: str, where: Where | None = None) -> int:
        with self._lock:
            return sum(1 for point in self._read(name).points.values() if matches(point, where))

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        with self._lock:
            points = [point for point in self._read(name).points.values() if matches(point, where)]
        yield from points

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        with self._lock:
            standing = self._written(name).heads
            for head in heads:
                standing[head.document] = head

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        with self._lock:
            standing = self._read(name).heads
            found = [
                standing[document]
                for document in (standing if documents is None else dict.fromkeys(documents))
                if document in standing
            ]
        yield from found

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        with self._lock:
            standing = self._written(name).heads
            for document in documents:
                standing.pop(document, None)

    def point_alias(self, alias: str, name: str) -> None:
        with self._lock:
            self._written(name)
            if checked_name(alias) in self.collections:
                raise StoreError(f"{alias}: is a collection, so it can't be an alias")
            self.aliases[alias] = name

    def alias(self, alias: str) -> str | None:
        with self._lock:
            return self.aliases.get(alias)

    def drop_alias(self, alias: str) -> None:
        with self._lock:
            self.aliases.pop(alias, None)

    def close(self) -> None:
        self.closed = True

    def _written(self, name: str) -> Collection:
        if name not in self.collections:
            raise StoreError(f"{name}: no such collection; there are {', '.join(self.names()) or 'none'}")
        return self.collections[name]

    def _read(self, name: str) -> Collection:
        return self._written(self.aliases.get(name, name))


def matches(point: Point, where: Where | None) -> bool:
    fields: dict[str, Scalar] = {
        **point.metadata,
        "document": point.document,
        "version": point.version,
        "ordinal": point.ordinal,
    }
    return all(
        key in fields and any(same(fields[key], one) for one in asked(value)) for key, value in (where or {}).items()
    )


def asked(value: Scalar | Sequence[Scalar]) -> Sequence[Scalar]:
    return (value,) if isinstance(value, str | int | float | bool) else value


def same(one: Scalar, other: Scalar) -> bool:
    """Equal, and of one kind: Python's True is not the number 1 here."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def score(metric: Metric, query: Vector, vector: Vector) -> float:
    if metric == "euclidean":
        return -float(np.linalg.norm(query - vector))
    inner = float(query @ vector)
    if metric == "dot":
        return inner
    return inner / max(float(np.linalg.norm(query)) * float(np.linalg.norm(vector)), 1e-12)


def words(text: str) -> set[str]:
    """Words of three letters or more: shorter ones say little of what a text is about."""
    return set(re.findall(r"\w{3,}", text.lower()))
