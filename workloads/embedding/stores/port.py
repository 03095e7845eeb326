"""The port that all vector stores are behind.

A store keeps, per collection, points (chunks with vectors) and heads (which version of a document readers see). It
publishes nothing by itself: `workloads.embedding.visibility` writes the points of a version, then its head, then
deletes the points of older versions, and reads only what heads name. So a store needs to be atomic for one head only,
which all five engines are.

`spec`, `search`, `hybrid`, `count`, `export` and `heads` take an alias in place of a name; what writes takes names.

Every method raises `StoreUnavailableError` where the engine can't be reached, is overloaded or full, `AccessError`
where it refuses the credentials, and `StoreError` for everything else; nothing of a client library comes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Scalar, Vector

Where = Mapping[str, Scalar | Sequence[Scalar]]
"""A filter: every key must equal its value, or be one of its values. `document`, `version` and `ordinal` are fields of
the point, every other key is one of its metadata. An empty sequence matches nothing."""


class VectorStore(Protocol):
    """A vector database."""

    engine: ClassVar[str]
    """pgvector, qdrant, weaviate, milvus or pinecone."""
    has_hybrid: ClassVar[bool]
    """Whether `hybrid` works: keyword search beside vector search, by the engine itself."""

    def create(self, spec: CollectionSpec) -> None:
        """Make a collection, or leave an equal one as it is.

        Raises `DimensionError` or `MetricError` where one of the name stands with another dimension, or with another
        metric, model, revision or chunker; it is then left as it is.
        """
        ...

    def spec(self, name: str) -> CollectionSpec | None:
        """Return what a collection was made as; None where there is none."""
        ...

    def names(self) -> list[str]:
        """Return the names of all collections that this pipeline made, sorted; no aliases."""
        ...

    def drop(self, name: str) -> None:
        """Remove a collection with its points and heads; nothing happens where there is none."""
        ...

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        """Write points; one with the id of another takes its place. They can be read when this returns.

        Raises before anything is written: `DimensionError` where a vector has another length than the collection's,
        and `RefusedPointsError` where a point holds more than the engine ever takes.
        """
        ...

    def delete(self, name: str, where: Where) -> None:
        """Delete the points that match; an empty `where` is refused with ValueError: `drop` is for that."""
        ...

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        """Return the nearest points, nearest first; `exact` looks at every point instead of the index."""
        ...

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        """Return points by nearness and keywords together, best first; `StoreError` where `has_hybrid` is False."""
        ...

    def count(self, name: str, where: Where | None = None) -> int:
        """Return how many points there are, exactly."""
        ...

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        """Give every point with its vector, each once, in no particular order; memory stays flat."""
        ...

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        """Write heads, each atomically in place of its document's earlier one."""
        ...

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        """Give the heads of these documents, or of all; read from what was written last, never from a stale index."""
        ...

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        """Delete heads; a document without a head is not there for readers."""
        ...

    def point_alias(self, alias: str, name: str) -> None:
        """Let an alias name a collection from now on, atomically: a reader sees the old one or this one."""
        ...

    def alias(self, alias: str) -> str | None:
        """Return the collection that an alias names; None where there is no such alias."""
        ...

    def drop_alias(self, alias: str) -> None:
        """Remove an alias; nothing happens where there is none."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
