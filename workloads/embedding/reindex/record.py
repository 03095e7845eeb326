"""What is known of a collection's life: when it was built, compared, became live, was retired.

One JSON file for each collection of an index, beside the manifests. Which collection is live, and which was before it,
stands in the store alone; the record is there for its age, and to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.archive import Archive, ArchiveError
from workloads.embedding.reindex.comparison import Comparison

State = Literal["building", "refused", "live", "retired"]


class Record(BaseModel):
    """The last thing that happened to a collection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: str
    collection: str
    state: State
    """`live` and `retired` are written just before readers are switched: a kill in between leaves them early, and the
    next run writes them again"""
    since: str
    """UTC, ISO 8601"""
    instead_of: str | None = None
    """The live collection when this one was built"""
    comparison: Comparison | None = None


class Records:
    """The records of one index."""

    def __init__(self, archive: Archive, index: str) -> None:
        self.archive = archive
        self._index = index

    def write(
        self, collection: str, state: State, *, instead_of: str | None = None, comparison: Comparison | None = None
    ) -> Record:
        """Take down what happens to a collection now."""
        record = Record(
            index=self._index,
            collection=collection,
            state=state,
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            instead_of=instead_of,
            comparison=comparison,
        )
        self.archive.write(self._name(collection), record.model_dump_json(indent=2).encode())
        return record

    def read(self, collection: str) -> Record | None:
        """Return what is known of a collection; None where nothing is. `ArchiveError` where it can't be read."""
        content = self.archive.read(self._name(collection))
        if content is None:
            return None
        try:
            return Record.model_validate_json(content)
        except ValidationError as error:
            raise ArchiveError(f"{self.archive.uri}/{self._name(collection)}: is not a record: {error}") from error

    def forget(self, collection: str) -> None:
        """Remove the record of a collection that is gone, and what drift checks kept of it."""
        for name in self._names_of(collection):
            self.archive.delete(name)
        self.archive.delete(self._name(collection))

    def _names_of(self, collection: str) -> Iterator[str]:
        yield from list(self.archive.names(f"drift/{collection}/"))

    def _name(self, collection: str) -> str:
        return f"reindex/{self._index}/{collection}.json"
