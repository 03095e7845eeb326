"""Windows of vectors: what is compared with what.

Chunks of one document resemble each other, so documents are drawn, not chunks, and at most `CHUNKS_PER_DOCUMENT` of
each are taken: one new book is not a window. Calibration and check draw in the same way; otherwise the rate of false
alarms that one measures would not be the other's.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workloads.drift.methods import Matrix

CHUNKS_PER_DOCUMENT: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Vectors with the documents that they are chunks of; the rows of a document stand together."""

    vectors: Matrix
    documents: tuple[str, ...]
    """Keys, each once."""
    owners: npt.NDArray[np.int64]
    """Per row, which of `documents`; never falling."""

    def __len__(self) -> int:
        return len(self.owners)

    def without(self, documents: Collection[str]) -> Sample:
        """Return the sample without some documents."""
        kept = [number for number, document in enumerate(self.documents) if document not in documents]
        rows = np.isin(self.owners, kept)
        renumbered = np.searchsorted(np.array(kept, dtype=np.int64), self.owners[rows])
        return Sample(self.vectors[rows], tuple(self.documents[number] for number in kept), renumbered)

    def first(self, window: int) -> Matrix:
        """Return the first rows, as they stand."""
        return self.vectors[:window]

    def documents_of(self, window: int) -> list[str]:
        """Return the documents of the first rows."""
        return [self.documents[number] for number in np.unique(self.owners[:window])]

    def pair(self, window: int, random: np.random.Generator) -> tuple[Matrix, Matrix]:
        """Return two windows of documents drawn at random, none in both; needs `holds_pair(window)`."""
        order = self._shuffled(random)
        owners = self.owners[order]
        after = int(np.argmax(owners[window:] != owners[window - 1])) + window
        return self.vectors[order[:window]], self.vectors[order[after : after + window]]

    def one(self, window: int, random: np.random.Generator) -> Matrix:
        """Return a window of documents drawn at random."""
        return self.vectors[self._shuffled(random)[:window]]

    def holds_pair(self, window: int) -> bool:
        """Whether two windows can be drawn: the rest of a document that one ends in can't be used for the other."""
        return len(self) >= 2 * window + CHUNKS_PER_DOCUMENT

    def to_bytes(self) -> bytes:
        """Return the sample as a file's content."""
        file = io.BytesIO()
        np.savez_compressed(file, vectors=self.vectors, owners=self.owners, documents=np.array(self.documents, str))
        return file.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> Sample:
        """Return what `to_bytes` wrote; raises ValueError for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return Sample(
                    arrays["vectors"].astype(np.float32),
                    tuple(str(document) for document in arrays["documents"]),
                    arrays["owners"].astype(np.int64),
                )
        except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"is not a sample of vectors: {error}") from error

    def _shuffled(self, random: np.random.Generator) -> npt.NDArray[np.int64]:
        places = random.permutation(len(self.documents))
        return np.argsort(places[self.owners], kind="stable")
