"""Measures the stores: how fast points are written, and what the index finds of what an exact search finds.

The peer of a store is its engine's own bulk path, `bulk_write` of `tests/bench_stores_<engine>.py`, into an equal
collection, in the same run and in turns with ours. `python -m tests.bench_stores pgvector qdrant` prints the figures of
these engines; without names, of all.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, cast

from rich.console import Console
from rich.table import Table

from tests.workloads.embedding.stores.engines import ENGINES, EngineServer
from tests.workloads.embedding.stores.points import clustered, point, spec
from workloads.embedding.records import CollectionSpec, Point
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore

DIMENSION: Final = 384
WRITTEN: Final = 2_000
SEARCHED: Final = 5_000
QUERIES: Final = 50
NEAREST: Final = 10
RUNS: Final = 3
WORDS: Final = ("index", "chunks", "of", "documents", "head", "says", "which", "version", "readers", "see", "the", "a")

BulkWrite = Callable[[StoreSettings, Mapping[str, str], CollectionSpec, Sequence[Point]], float]
"""Writes points into an empty collection of a fresh store, and returns the seconds that the writing took.

The collection is made beforehand by the store itself, and the content is that which the store writes. Turning points
into what the client library takes counts for both.
"""


@dataclass(frozen=True)
class UpsertFigures:
    """Points a second, medians of the runs."""

    engine: str
    ours: float
    bulk: float

    @property
    def ratio(self) -> float:
        """Ours as a share of the engine's own bulk path."""
        return self.ours / self.bulk


@dataclass(frozen=True)
class RecallFigures:
    """Of the ten nearest that an exact search finds, the share that the index finds; milliseconds of one search."""

    engine: str
    recall: float
    index_milliseconds: float
    exact_milliseconds: float


def documents(count: int) -> list[Point]:
    """Return points as the pipeline makes them: vectors of MiniLM's length, texts of 200 words, some metadata."""
    vectors = clustered(count, DIMENSION)
    return [
        point(
            f"s3://bucket/docs/{number // 10}.md",
            number % 10,
            vector=vectors[number],
            text=" ".join(f"{word}{(number * place) % 97}" for place, word in enumerate(WORDS * 16)),
            heading="Install > From source",
            metadata={"title": f"document {number // 10}", "lang": "en", "pages": number % 7},
        )
        for number in range(count)
    ]


def upsert_ratio(engine: str, points: int = WRITTEN, runs: int = RUNS) -> UpsertFigures:
    """Write the same points by our `upsert`, in batches as the settings have it, and by the engine's bulk path."""
    bulk_write = cast("BulkWrite", importlib.import_module(f"tests.bench_stores_{engine}").bulk_write)
    written, asked = documents(points), spec(dimension=DIMENSION)
    ours: list[float] = []
    bulk: list[float] = []
    with TemporaryDirectory() as folder, ENGINES[engine](Path(folder)) as server:
        for run in range(runs):
            settings = _fresh(server, folder, f"ours-{run}")
            with _open(settings, server) as store:
                store.create(asked)
                start = time.perf_counter()
                for first in range(0, points, settings.batch_points):
                    store.upsert(asked.name, written[first : first + settings.batch_points])
                ours.append(time.perf_counter() - start)
                _check(store, asked, points)
            settings = _fresh(server, folder, f"bulk-{run}")
            with _open(settings, server) as store:
                store.create(asked)
            bulk.append(bulk_write(settings, server.environ, asked, written))
            with _open(settings, server) as store:
                _check(store, asked, points)
    return UpsertFigures(engine, points / median(ours), points / median(bulk))


def recall(engine: str, points: int = SEARCHED, queries: int = QUERIES) -> RecallFigures:
    """Search for queries near the points, with the index and exactly."""
    asked, index, exact, found = spec(dimension=DIMENSION), list[float](), list[float](), 0
    written = documents(points)
    with TemporaryDirectory() as folder, ENGINES[engine](Path(folder)) as server:
        settings = _fresh(server, folder, "recall")
        with _open(settings, server) as store:
            store.create(asked)
            for first in range(0, points, settings.batch_points):
                store.upsert(asked.name, written[first : first + settings.batch_points])
            # The clusters are those of the points, the vectors others.
            for query in clustered(points + queries, DIMENSION)[points:]:
                start = time.perf_counter()
                near = {hit.id for hit in store.search(asked.name, query, NEAREST)}
                index.append(time.perf_counter() - start)
                start = time.perf_counter()
                nearest = {hit.id for hit in store.search(asked.name, query, NEAREST, exact=True)}
                exact.append(time.perf_counter() - start)
                found += len(near & nearest)
    return RecallFigures(engine, found / (queries * NEAREST), median(index) * 1000, median(exact) * 1000)


def _open(settings: StoreSettings, server: EngineServer) -> closing[VectorStore]:
    return closing(open_store(settings, server.environ))


def _fresh(server: EngineServer, folder: str, name: str) -> StoreSettings:
    own = Path(folder, name)
    own.mkdir()
    return server.fresh(own)


def _check(store: VectorStore, asked: CollectionSpec, points: int) -> None:
    if (count := store.count(asked.name)) != points:
        raise AssertionError(f"{store.engine}: {count} points were written, not {points}")


def main(engines: Sequence[str]) -> None:
    """Print the figures of engines."""
    table = Table("engine", "upsert /s", "bulk path /s", "ratio", "recall@10", "search ms", "exact ms")
    for engine in engines or list(ENGINES):
        upsert, search = upsert_ratio(engine), recall(engine)
        table.add_row(
            engine,
            *(f"{upsert.ours:.0f}", f"{upsert.bulk:.0f}", f"{upsert.ratio:.2f}", f"{search.recall:.3f}"),
            *(f"{search.index_milliseconds:.1f}", f"{search.exact_milliseconds:.1f}"),
        )
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
