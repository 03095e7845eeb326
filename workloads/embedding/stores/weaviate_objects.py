"""Objects of one collection in Weaviate: written on every replica, read from one, and walked through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from weaviate import WeaviateClient
from weaviate.classes.config import ConsistencyLevel
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter

from workloads.embedding.slices import slices
from workloads.embedding.stores.terms import Clauses, meets
from workloads.embedding.stores.weaviate_connection import by_words, weaviate_faults
from workloads.embedding.stores.weaviate_schema import filters

IDS_AT_ONCE: Final = 500
MOST_RESULTS: Final = 10_000
"""Of one query: Weaviate's QUERY_MAXIMUM_RESULTS, as it comes."""


class WeaviateObjects:
    """The objects of a collection."""

    def __init__(self, client: WeaviateClient, collection: str, batch: int) -> None:
        self._name = collection
        self._batch = batch
        used = client.collections.use(collection)
        self._writes = used.with_consistency_level(ConsistencyLevel.ALL)
        self._reads = used.with_consistency_level(ConsistencyLevel.ONE)

    @property
    def query(self) -> Any:
        """Searches, as the client has them."""
        return self._reads.query

    def insert(self, objects: Sequence[DataObject[Any, Any]]) -> None:
        """Write objects, each in place of the one with its id; raises for the first that was refused."""
        for some in slices(objects, self._batch):
            with weaviate_faults(self._name):
                written = self._writes.data.insert_many(some)
            for error in written.errors.values():
                raise by_words(error.message)(f"weaviate: {self._name}: {error.message}")

    def delete(self, matching: Any) -> None:
        """Delete what matches a filter of the client: the server does it in pieces and says when nothing is left."""
        with weaviate_faults(self._name):
            while (deleted := self._writes.data.delete_many(matching)).matches:
                if deleted.failed:
                    raise by_words("unavailable")(f"weaviate: {self._name}: {deleted.failed} objects not deleted")

    def delete_by_id(self, ids: Sequence[str]) -> None:
        """Delete the objects of these ids that there are."""
        for some in slices(ids, IDS_AT_ONCE):
            self.delete(Filter.by_id().contains_any(some))

    def count(self, asked: Clauses) -> int:
        """Return how many objects meet the clauses."""
        with weaviate_faults(self._name):
            return int(self._reads.aggregate.over_all(total_count=True, filters=filters(asked)).total_count or 0)

    def by_id(self, ids: Sequence[str], properties: list[str], *, vectors: bool = False) -> Iterator[Any]:
        """Give the objects of these ids that there are."""
        for some in slices(ids, self._batch):
            with weaviate_faults(self._name):
                found = self._reads.query.fetch_objects_by_ids(
                    some, limit=len(some), include_vector=vectors, return_properties=properties
                )
            yield from found.objects

    def every(self, properties: list[str], *, vectors: bool = False) -> Iterator[Any]:
        """Give all objects, in order of ids, a batch in memory at a time."""
        after = None
        while True:
            with weaviate_faults(self._name):
                found = self._reads.query.fetch_objects(
                    limit=self._batch, after=after, include_vector=vectors, return_properties=properties
                )
            if not found.objects:
                return
            yield from found.objects
            after = found.objects[-1].uuid

    def matching(self, asked: Clauses, properties: list[str], *, vectors: bool = False) -> Iterator[Any]:
        """Give the objects that meet the clauses, each once.

        Weaviate walks through all objects, or finds some by a filter; it does not walk through what a filter finds. So
        few are found first and then read by their ids, and of many all are read.
        """
        if self.count(asked) > MOST_RESULTS:
            every = self.every([*properties, "terms"], vectors=vectors)
            yield from (each for each in every if meets(each.properties["terms"], asked))
            return
        with weaviate_faults(self._name):
            found = self._reads.query.fetch_objects(filters=filters(asked), limit=MOST_RESULTS, return_properties=[])
        yield from self.by_id([str(each.uuid) for each in found.objects], properties, vectors=vectors)
