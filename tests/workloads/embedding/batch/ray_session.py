"""Runs on a real Ray, in a process of its own as the command does it; prints as JSON what came of them.

A process of its own, because Ray takes signals, environment and exit of the process that starts it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.workloads.embedding.hash_embedder import HashEmbedder
from workloads.archive import open_archive
from workloads.embedding.batch.cluster import ray_cluster
from workloads.embedding.batch.embedder_pool import PooledEmbedder, open_pool
from workloads.embedding.batch.ray_middle import RayMiddle
from workloads.embedding.embedders.embedder import Embedder, RefusedWindowsError, Window
from workloads.embedding.ingest.manifest import Entry, Summary
from workloads.embedding.ingest.metrics import Metrics
from workloads.embedding.ingest.run import Run
from workloads.embedding.records import Vector
from workloads.embedding.settings import EmbeddingSettings, load_settings
from workloads.embedding.sources.opening import open_source
from workloads.embedding.stores.opening import open_store
from workloads.embedding.visibility import visible_export
from workloads.faults import AccessError, ProgramError

ROOT: Final = Path(__file__).resolve().parents[4]


class TouchyEmbedder(HashEmbedder):
    """Refuses windows with a certain word, and dies once where a file stands."""

    def __init__(self, deadly: Path | None = None) -> None:
        super().__init__()
        self._deadly = deadly

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension)."""
        if self._deadly is not None and self._deadly.exists():
            self._deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        vectors = super().embed(windows)
        refused = {place: "poison" for place, window in enumerate(windows) if "poison" in window.text}
        if refused:
            raise RefusedWindowsError(refused, vectors)
        return vectors


def locked() -> Embedder:
    raise AccessError("EMBEDDING_KEY: refused")


def dying() -> Embedder:
    os._exit(3)


def carried_out(settings: EmbeddingSettings, embedder: Embedder) -> dict[str, Any]:
    """A run's counts, outcome and what readers then see; on Ray where the embedder is a pool."""
    fates: dict[str, str] = {}

    def watch(entry: Entry) -> None:
        fates[entry.document] = entry.fate

    with closing(open_store(settings.store)) as store:
        source, archive = open_source(settings.source), open_archive(settings.manifests)
        run = Run(settings, store, embedder, source, archive, Metrics(settings.index), True, watch=(watch,))
        if isinstance(embedder, PooledEmbedder):
            run.middle = RayMiddle(settings, embedder, run.collection, workers=2, items_at_once=4).process
        summary: Summary = run.carry_out()
        visible = {
            point.id: [point.document, point.version, point.text, round(float(point.vector @ point.vector), 4)]
            for point in visible_export(store, run.collection)
        }
    return {
        "outcome": summary.outcome,
        "counts": dict(Counter(fates.values())),
        "embedded": summary.chunks,
        "fates": fates,
        "visible": visible,
    }


def said(act: Callable[[], object]) -> str:
    """Kind and message of the fault that an act ends with."""
    try:
        act()
    except ProgramError as error:
        return f"{type(error).__name__}: {error}"
    return "no fault"


def session(settings: EmbeddingSettings) -> dict[str, Any]:
    source = Path(settings.source.uri)
    found: dict[str, Any] = {}
    pool = open_pool(TouchyEmbedder, size=2, cpus=1, gpus=0)
    found["batch"] = carried_out(settings, pool)
    found["alone"] = carried_out(settings.model_copy(update={"index": "alone"}), TouchyEmbedder())
    found["alone again"] = carried_out(settings, TouchyEmbedder())

    (source / "guide-3.md").write_text("# Guide 3\n\nAltogether another text.")
    (source / "guide-4.md").unlink()
    deadly = source.parent / "deadly"
    deadly.touch()
    found["changed"] = carried_out(settings, open_pool(partial(TouchyEmbedder, deadly), size=1, cpus=1, gpus=0))
    found["died"] = not deadly.exists()

    found["locked"] = said(lambda: open_pool(locked, size=1, cpus=1, gpus=0))
    found["dying"] = said(lambda: open_pool(dying, size=1, cpus=1, gpus=0, restarts=0))
    nowhere = RayMiddle(settings, pool, "no_such_collection", workers=1)
    found["no collection"] = said(lambda: list(nowhere.process(open_source(settings.source).listing())))
    return found


def main() -> None:
    settings = load_settings(Path(sys.argv[1]))
    with ray_cluster(
        num_cpus=6,  # names, not cores: all pools and workers fit beside each other
        object_store_memory=80 * 1024 * 1024,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
    ):
        found = session(settings)
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
