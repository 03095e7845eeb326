"""`embedding ingest` from its command line, on a real folder, with the store and the model in memory."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import structlog
import yaml

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.ingest.runs import seen, settings, text
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.embedding import cli
from workloads.embedding.embedders.embedder import Window
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.records import Vector

Ingest = Callable[..., int]


def given(thing: object) -> Callable[..., object]:
    """Return a function that opens what stands already, whatever it is given."""
    return lambda *_settings: thing


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setattr("workloads.embedding.stores.opening.open_store", given(store))
    monkeypatch.setattr("workloads.embedding.embedders.opening.open_embedder", given(HashEmbedder()))
    return store


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_bytes(text(name))
    return folder


@pytest.fixture
def ingest(tmp_path: Path, documents: Path, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    used = settings(tmp_path / "manifests", {"source": {"uri": str(documents), "most_deleted_percent": 50}})
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump(used.model_dump(mode="json")))

    def run(*options: str) -> int:
        monkeypatch.setattr(sys, "argv", ["embedding", "ingest", str(file), *options])
        before = structlog.get_config()
        with pytest.raises(SystemExit) as ended:
            cli.run()
        structlog.configure(**before)
        return int(ended.value.code or 0)

    return run


def test_a_run_says_what_it_did(store: MemoryStore, ingest: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest() == 0
    told = capsys.readouterr()
    assert "docs: complete" in told.out
    assert "15 chunks of" in told.out
    assert json.loads(told.err.splitlines()[-1])["outcome"] == "complete"
    assert len(seen(store)) == 3


def test_json_is_the_summary(
    store: MemoryStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest("--json", "--metrics-file", str(tmp_path / "run.prom")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"done": 3}
    assert told["visible_chunks"] == store.count("docs")
    assert "embedding_visible_chunks" in (tmp_path / "run.prom").read_text()


@pytest.mark.usefixtures("store")
def test_some_failed_is_status_5(ingest: Ingest, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (documents / "bad.pdf").write_bytes(b"no pdf")
    assert ingest() == 5
    assert "docs: incomplete" in capsys.readouterr().out


def test_deletions_need_to_be_allowed(
    store: MemoryStore, ingest: Ingest, documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest() == 0
    for name in "ab":
        (documents / f"{name}.txt").unlink()
    assert ingest() == 1
    assert "error: 2 of 3 documents are no longer in" in capsys.readouterr().err
    assert len(seen(store)) == 3
    assert ingest("--allow-deletions") == 0
    assert len(seen(store)) == 1


@pytest.mark.usefixtures("store")
def test_metrics_that_can_not_be_pushed_do_not_fail_the_run(ingest: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest("--push-gateway", "http://127.0.0.1:1") == 0
    assert "warning: --push-gateway http://127.0.0.1:1" in capsys.readouterr().err


def test_an_engine_that_is_down(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StoreUnavailableError("postgresql://nobody@nowhere: no answer")

    monkeypatch.setattr("workloads.embedding.stores.opening.open_store", down)
    assert ingest() == 3


@pytest.mark.usefixtures("store")
def test_a_signal_in_the_middle(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Reclaimed(HashEmbedder):
        def embed(self, windows: Sequence[Window]) -> Vector:
            signal.raise_signal(signal.SIGTERM)
            return super().embed(windows)

    monkeypatch.setattr("workloads.embedding.embedders.opening.open_embedder", given(Reclaimed()))
    assert ingest() == 143
    assert "interrupted by SIGTERM; run again to go on" in capsys.readouterr().err
    (summary,) = tmp_path.glob("manifests/docs/*/summary.json")
    assert json.loads(summary.read_text())["outcome"] == "interrupted"
