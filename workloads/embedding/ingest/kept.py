"""Which documents a run has met, and which items need not be read again: a few bytes each, so that millions fit."""

from __future__ import annotations

from array import array
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.records import Head
from workloads.embedding.sources.source import item_of


def fingerprint(text: str) -> int:
    """Return 64 bits of a text. Two of five million keys share theirs once in a million runs."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


class Kept:
    """Documents, or whole items, that are to stay in the index."""

    def __init__(self) -> None:
        self._met = array("Q")
        self._sorted: npt.NDArray[np.uint64] | None = None

    def add(self, key: str) -> None:
        """Keep a document; the key of an item keeps all its documents."""
        self._met.append(fingerprint(key))
        self._sorted = None

    def __contains__(self, document: str) -> bool:
        if self._sorted is None:
            self._sorted = np.unique(np.frombuffer(self._met, dtype=np.uint64)) if self._met else np.empty(0, np.uint64)
        return self._has(self._sorted, document) or self._has(self._sorted, item_of(document))

    @staticmethod
    def _has(met: npt.NDArray[np.uint64], key: str) -> bool:
        wanted = np.uint64(fingerprint(key))
        place = int(np.searchsorted(met, wanted))
        return place < len(met) and met[place] == wanted


class Tags:
    """What the source said of each item when its last document became visible."""

    def __init__(self) -> None:
        self._tags: dict[int, int] = {}

    def add(self, document: str, tag: str) -> None:
        """Take a head's tag down; an item whose heads disagree has none."""
        if tag:
            item, mark = fingerprint(item_of(document)), fingerprint(tag)
            self._tags[item] = mark if self._tags.get(item, mark) == mark else 0

    def unchanged(self, item: str, tag: str) -> bool:
        """Tell whether an item is as it was then; one without a tag never is."""
        return bool(tag) and self._tags.get(fingerprint(item)) == fingerprint(tag)


class ReadWhole:
    """Items with many documents that were read to their end: one head of each gets the item's tag at the run's end.

    Not those of which a document was not taken: they are read again, so that each run's manifest says so.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Head | None] = {}

    def add(self, entry: Entry) -> None:
        """Take an entry down; an item without parts carries its tag in its only head already."""
        item = item_of(entry.document)
        if entry.fate in ("skipped", "failed"):
            self._marks[item] = None
        elif (
            item != entry.document and entry.fate in ("done", "unchanged") and self._marks.get(item, entry) is not None
        ):
            self._marks[item] = Head(entry.document, entry.version, entry.chunks, entry.source_tag)

    def heads(self) -> list[Head]:
        """Return the heads with their items' tags."""
        return [head for head in self._marks.values() if head is not None]
