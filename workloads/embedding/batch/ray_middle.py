"""The middle of a run on a Ray cluster: Ray Data hands items to workers, each of which has a pipeline.

What a worker does is what one process does (`workloads.embedding.ingest.pipeline`): read, chunk, embed, write, publish;
only that the embedding is asked of a pool. So documents become visible in the same way, and a batch that is cut
short, or a worker that goes, leaves what the next attempt finds done.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import ray
import ray.data
from ray.exceptions import RayError

from workloads.embedding.batch.embedder_pool import PooledEmbedder, first_line
from workloads.embedding.chunking.chunker import Chunker
from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.ingest.metrics import Metrics
from workloads.embedding.ingest.pipeline import Pipeline
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.slices import slices
from workloads.embedding.sources.opening import open_source
from workloads.embedding.sources.source import Item
from workloads.embedding.stores.opening import open_store
from workloads.faults import InputError, ProgramError

Rows = dict[str, npt.NDArray[np.object_]]

_LISTED_AT_ONCE: Final = 100_000
"""Items of one dataset: a listing of any length needs the driver's memory for this many."""


@dataclass(frozen=True, slots=True)
class RayMiddle:
    """Stands in for `Pipeline.process` in a `Run`."""

    settings: EmbeddingSettings
    embedder: PooledEmbedder
    collection: str
    workers: int
    """Processes that read, chunk and write, each with one CPU"""
    items_at_once: int = 64
    """What a worker takes at a time, and does again if its machine goes meanwhile"""

    def process(self, items: Iterator[Item]) -> Iterator[Entry]:
        """Give what became of each document, once readers see it; raises what ended a worker's pipeline."""
        for part in slices(items, _LISTED_AT_ONCE):
            for outcome in self._outcomes(part):
                entries, fault = cast("tuple[list[Entry], ProgramError | None]", pickle.loads(outcome))  # noqa: S301 - from our own workers
                yield from entries
                if fault is not None:
                    raise fault

    def _outcomes(self, items: Sequence[Item]) -> Iterator[bytes]:
        blocks = math.ceil(len(items) / self.items_at_once)
        rows = [{"item": pickle.dumps(item)} for item in items]
        dataset: Any = ray.data.from_items(rows, override_num_blocks=blocks)
        outcomes = dataset.map_batches(
            cast("Any", Worker),
            fn_constructor_args=(self.settings, self.embedder, self.collection),
            batch_size=self.items_at_once,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(self.workers, blocks)),
            num_cpus=1,
        )
        try:
            for row in outcomes.iter_rows():
                yield row["outcome"]
        except RayError as error:
            raise ProgramError(f"a worker: {first_line(error)}") from error


class Worker:
    """A pipeline in a process of its own."""

    def __init__(self, settings: EmbeddingSettings, embedder: PooledEmbedder, collection: str) -> None:
        self._open: Callable[[], Pipeline] = lambda: Pipeline(
            open_source(settings.source),
            settings.source,
            Chunker(embedder.tokenizer, settings.chunking, embedder.reads),
            embedder,
            open_store(settings.store),
            collection,
            Metrics(settings.index),
        )
        self._pipeline: Pipeline | None = None

    def __call__(self, batch: Mapping[str, Sequence[bytes]]) -> Rows:
        """Return what became of the documents of a batch of items, with the fault that ended it, if any."""
        entries: list[Entry] = []
        fault: ProgramError | None = None
        try:
            if self._pipeline is None:
                self._pipeline = self._open()
            items = [cast("Item", pickle.loads(item)) for item in batch["item"]]  # noqa: S301 - from our own driver
            for entry in self._pipeline.process(items):
                entries.append(entry)  # one by one: those before a fault count
        except ProgramError as error:
            fault = error
        return {"outcome": np.array([pickle.dumps((entries, fault))], dtype=np.object_)}


def refuse_private_stores(settings: EmbeddingSettings) -> None:
    """Raise `InputError` where the store is a file of this machine, which workers on others would not see."""
    if settings.store.url.startswith("path:"):
        raise InputError(
            f"store.url: {settings.store.url!r}: one process at a time has it; allowed: a server's address"
        )
