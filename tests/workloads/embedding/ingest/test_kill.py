"""A run that dies anywhere is taken up by the next one, and readers never notice: on every engine, and for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.workloads.embedding.conftest import EngineServers
from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import EMBEDDER, rows, run, seen, settings, text
from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.stores.engines import EngineServer
from workloads.archive import FolderArchive
from workloads.embedding.ingest import pipeline
from workloads.embedding.ingest.manifest import summaries
from workloads.embedding.sources.opening import open_source
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import visible_count, visible_search

OLD = {"same.txt": text("same", 8), "text.txt": text("old", 20), "gone.txt": text("gone", 8), "faq.jsonl": rows("xyz")}
NEW = {"same.txt": text("same", 8), "text.txt": text("new", 12), "come.txt": text("come", 8), "faq.jsonl": rows("xzw")}
CHANGES = {"source": {"most_deleted_percent": 100}}


def bring(folder: Path, store: VectorStore, files: dict[str, bytes]) -> None:
    run(folder, store, MemorySource(files), changes=CHANGES).carry_out()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What readers see before and after."""
    found: list[dict[str, list[str]]] = []
    for files in (OLD, NEW):
        store = MemoryStore()
        bring(tmp_path_factory.mktemp("expected"), store, files)
        found.append(seen(store))
    return found[0], found[1]


def calls(folder: Path) -> tuple[int, int]:
    """Return how many calls to the store a first run and a second one with changes make."""
    store = FaultyStore(MemoryStore())
    bring(folder, store, OLD)
    first = len(store.calls)
    bring(folder, store, NEW)
    return first, len(store.calls) - first


def assert_old_or_new(
    store: VectorStore, expected: tuple[dict[str, list[str]], dict[str, list[str]]], name: str = "docs"
) -> None:
    """Fail unless each document is there as it was or as it will be: once, whole, and there if it is in both."""
    old, new = expected
    hits = visible_search(store, name, EMBEDDER.embed_query("storage"), 200, exact=True)
    found: dict[str, list[str]] = {}
    for hit in sorted(hits, key=lambda hit: hit.ordinal):
        found.setdefault(hit.document, []).append(hit.text)
    for document in old.keys() | new.keys():
        allowed = (old.get(document), new.get(document))
        assert found.get(document) in allowed, f"{document}: {found.get(document)}"


def test_dying_at_every_call_of_an_update(
    store: VectorStore, tmp_path: Path, expected: tuple[dict[str, list[str]], dict[str, list[str]]]
) -> None:
    """On each engine, go from old to new and back, dying once on the way at each call in turn."""
    bring(tmp_path, store, OLD)
    worlds = [(OLD, expected[0]), (NEW, expected[1])]
    at = 0
    died = True
    while died:
        (files, after), (_, before) = worlds[(at + 1) % 2], worlds[at % 2]
        try:
            bring(tmp_path, FaultyStore(store, at), files)
            died = False
        except Killed:
            assert_old_or_new(store, (before, after))
        bring(tmp_path, store, files)
        assert seen(store) == after
        assert store.count("docs") == visible_count(store, "docs")
        at += 1
    assert at > 10


@pytest.mark.parametrize("at", range(0, 30, 3))
def test_dying_in_a_first_run(
    at: int, tmp_path: Path, expected: tuple[dict[str, list[str]], dict[str, list[str]]]
) -> None:
    store = MemoryStore()
    try:
        bring(tmp_path, FaultyStore(store, at, when="after"), OLD)
    except Killed:
        for collection in store.names():
            assert_old_or_new(store, ({}, expected[0]), collection)
    bring(tmp_path, store, OLD)
    assert seen(store) == expected[0]
    assert store.count("docs") == visible_count(store, "docs")


def test_dying_in_a_large_file_of_rows_does_not_pass_for_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one file are published in lots: the file counts as read only once the last row is visible."""
    monkeypatch.setattr(pipeline, "LOT_CHUNKS", 64)
    names = [f"row-{number}" for number in range(400)]
    source = {"faq.jsonl": rows(names)}
    store = MemoryStore()
    faulty = FaultyStore(store)
    bring(tmp_path, faulty, source)
    puts = [at for at, call in enumerate(faulty.calls) if call == "put_heads"]
    assert len(puts) > 5
    for at in puts:
        store = MemoryStore()
        with pytest.raises(Killed):
            bring(tmp_path, FaultyStore(store, at, when="after"), source)
        bring(tmp_path, store, source)
        assert len(seen(store)) == 400


def test_a_reader_beside_runs_sees_old_or_new(
    tmp_path: Path, expected: tuple[dict[str, list[str]], dict[str, list[str]]]
) -> None:
    store = MemoryStore()
    bring(tmp_path, store, OLD)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            bring(tmp_path, store, NEW)
            bring(tmp_path, store, OLD)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(60):
            assert_old_or_new(store, expected)
    finally:
        stop.set()
        writer.join()


PROGRAM = """
import itertools
import sys
import time
from pathlib import Path
from tests.workloads.embedding.ingest.runs import run
from workloads.embedding.ingest import pipeline
from workloads.logs import log_to_stderr
from workloads.embedding.ingest.stopping import Interrupted, interruptible
from workloads.embedding.settings import load_settings
from workloads.embedding.sources.opening import open_source
from workloads.embedding.stores.opening import open_store

log_to_stderr(human=False)
pipeline.LOT_CHUNKS, pipeline.LOT_DOCUMENTS = 16, 2
settings, held_at, entries = load_settings(Path(sys.argv[1])), int(sys.argv[2]), itertools.count(1)

def hold(_):
    if next(entries) == held_at:
        time.sleep(600)

source, store = open_source(settings.source), open_store(settings.store)
try:
    with interruptible():
        print("begun", flush=True)
        changes = settings.model_dump(exclude={'manifests'})
        run(Path(settings.manifests), store, source, watch=(hold,), changes=changes).carry_out()
except Interrupted as stop:
    sys.exit(stop.exit_status)
"""
DOCUMENTS = 12


class Disk:
    """A folder of documents, and a program that ingests it into a real engine."""

    def __init__(self, folder: Path, server: EngineServer) -> None:
        self.documents = folder / "documents"
        self.documents.mkdir()
        self.manifests = folder / "manifests"
        self.environ = server.environ
        self.settings = settings(
            self.manifests,
            {
                "source": {"uri": str(self.documents), "most_deleted_percent": 100},
                "store": server.fresh(folder).model_dump(mode="json"),
            },
        )
        self.file = folder / "settings.yaml"
        self.file.write_text(yaml.safe_dump(self.settings.model_dump(mode="json")))

    def hold(self, version: str) -> dict[str, list[str]]:
        """Write the documents of a version; return what readers are to see of them."""
        for number in range(DOCUMENTS):
            (self.documents / f"{number}.txt").write_bytes(text(f"{version}-{number}", 40))
        (self.documents / "faq.jsonl").write_bytes(rows([f"{version}-{number}" for number in range(30)]))
        store = MemoryStore()
        self.ingest(store, self.manifests.with_name("expected"))
        return seen(store)

    def ingest(self, store: VectorStore, manifests: Path | None = None) -> None:
        changes = self.settings.model_dump(exclude={"manifests"})
        run(manifests or self.manifests, store, open_source(self.settings.source), changes=changes).carry_out()

    def open_store(self) -> VectorStore:
        return open_store(self.settings.store, self.environ)

    def start(self, held_at: int = 0) -> subprocess.Popen[str]:
        """Run the program; it goes no further than to the end of so many documents, if any number is given."""
        started = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", PROGRAM, str(self.file), str(held_at)],
            cwd=Path(__file__).parents[4],
            env={**os.environ, **self.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert started.stdout is not None
        assert started.stdout.readline() == "begun\n"
        return started


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("engine", "shared", "shares"),
    [
        pytest.param("pgvector", True, (0.1, 0.35, 0.6, 0.85), marks=pytest.mark.xdist_group("pgvector")),
        # Its folder can be open in one process at a time, so that readers look after the kill only.
        pytest.param("qdrant", False, (0.3, 0.7), marks=pytest.mark.xdist_group("qdrant")),
    ],
)
def test_killed_for_real_at_moments_spread_over_a_run(
    engine_server: EngineServer, tmp_path: Path, shared: bool, shares: Sequence[float]
) -> None:
    disk = Disk(tmp_path, engine_server)
    old = disk.hold("first")
    with disk.start() as process:
        begun = time.monotonic()
        process.wait()
    length = time.monotonic() - begun
    died, repeats, left = 0, 5, list(shares)
    while left:
        new = disk.hold(f"at {left[0]}, {repeats}")
        reader = disk.open_store() if shared else None
        with disk.start() as process:
            begun = time.monotonic()
            while time.monotonic() < begun + left[0] * length and process.poll() is None:
                if reader is not None:
                    assert_old_or_new(reader, (old, new))
                else:
                    time.sleep(0.01)
            process.kill()
        killed = process.returncode == -signal.SIGKILL
        died += killed
        if killed or not repeats:
            del left[0]
        else:  # it ended by itself: the first run was slower
            repeats -= 1
            length = min(length, time.monotonic() - begun)
        store = reader or disk.open_store()
        assert_old_or_new(store, (old, new))
        disk.ingest(store)
        assert seen(store) == new
        assert store.count("docs") == visible_count(store, "docs")
        store.close()
        old = new
    assert died, "no run was killed before it ended"


@pytest.mark.xdist_group("pgvector")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_cleanly(engine_servers: EngineServers, tmp_path: Path, number: signal.Signals) -> None:
    disk = Disk(tmp_path, engine_servers("pgvector"))
    for document in range(400):
        (disk.documents / f"{document}.txt").write_bytes(text(str(document), 10))
    with disk.start(held_at=200) as process:
        while not list(disk.manifests.glob("leases/*")):  # until the run has begun
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        process.wait()
    assert process.returncode == 128 + number
    (summary,) = summaries(FolderArchive(disk.manifests), "docs")
    assert (summary.outcome, summary.exit_status) == ("interrupted", 128 + number)
    store = disk.open_store()
    disk.ingest(store)
    assert len(seen(store)) == 400
    store.close()
