"""Checks as they follow each other, with a store and runs' manifests; as the command and its metrics tell them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.workloads.embedding.drift.clouds import cloud, put
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.archive import ArchiveError, FolderArchive
from workloads.drift.methods import Matrix, Method
from workloads.drift.windows import Sample
from workloads.embedding import cli
from workloads.embedding.drift.check import Check, check_drift, kept_checks
from workloads.embedding.drift.metrics import drift_registry
from workloads.embedding.drift.reference import Reference, kept_reference
from workloads.embedding.drift.report import drift_page
from workloads.embedding.ingest.manifest import Entry, Manifest, Summary
from workloads.embedding.records import CollectionSpec
from workloads.embedding.settings import DriftSettings, StoreSettings
from workloads.faults import InputError

pytestmark = pytest.mark.xdist_group("drift")

NAME = "docs_a"
SETTINGS = DriftSettings(window=50, methods=("distance",), false_alarms=0.05, persists=3)


def run_of(archive: FolderArchive, run: str, documents: Sequence[str]) -> None:
    """Write the manifest of a run that embedded these documents."""
    manifest = Manifest(archive, "docs", run)
    for document in documents:
        manifest.add(Entry(document, "done", version="v1", chunks=4))
    manifest.add(Entry("unchanged", "unchanged"))
    manifest.close(
        Summary(
            run=run, index="docs", collection=NAME, outcome="complete", exit_status=0, started="2026-11-21T00:00:00",
            ended="2026-11-21T00:01:00", seconds=60, counts={}, chunks=0, tokens=0, swept=0, dimension=16,
            model="model", revision="rev", chunker="blocks-1", versions={}, settings={},
        )
    )  # fmt: skip


class Index:
    """An index that has a reference; more can be put into it."""

    def __init__(self, folder: Path, store: MemoryStore) -> None:
        self.archive = FolderArchive(folder)
        self.store = store
        self.runs = 1

    def grow(self, sample: Sample) -> None:
        put(self.store, NAME, sample)
        self.runs += 1
        run_of(self.archive, f"run-{self.runs}", sample.documents)

    def check(self, settings: DriftSettings = SETTINGS) -> Check:
        return check_drift(self.store, self.archive, "docs", settings)[0]

    def reference(self) -> Reference:
        reference = kept_reference(self.archive, NAME)
        assert reference is not None
        return reference


def filled_store() -> MemoryStore:
    store = MemoryStore()
    store.create(CollectionSpec(NAME, 16, "cosine", "model", "rev", "blocks-1"))
    store.point_alias("docs", NAME)
    put(store, NAME, cloud(100, np.random.default_rng(1)))
    return store


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index whose first check is done."""
    folder = tmp_path_factory.mktemp("manifests")
    archive = FolderArchive(folder)
    run_of(archive, "run-1", [f"doc-{number}" for number in range(100)])
    first, _ = check_drift(filled_store(), archive, "docs", SETTINGS)
    assert first.outcome == "waiting"
    return folder


@pytest.fixture
def index(calibrated: Path, tmp_path: Path) -> Index:
    shutil.copytree(calibrated, tmp_path / "manifests")
    return Index(tmp_path / "manifests", filled_store())


def like(number: int, documents: int = 20) -> Sample:
    return cloud(documents, np.random.default_rng(100 + number), prefix=f"like-{number}")


def unlike(number: int) -> Sample:
    return cloud(20, np.random.default_rng(200 + number), moved=4.0, prefix=f"unlike-{number}")


def test_nothing_is_compared_until_enough_is_new(index: Index) -> None:
    index.grow(like(1, documents=2))
    check = index.check()

    assert check.outcome == "waiting"
    assert "8 of the 12 vectors" in check.reason
    assert list(kept_checks(index.archive, NAME, 5)) == []


def test_the_largest_window_that_is_filled_is_compared(index: Index) -> None:
    index.grow(like(1, documents=7))
    assert index.check().window == 25
    index.grow(like(2))
    check = index.check()

    assert check.window == 50
    assert check.outcome == "like the reference"


def test_drift_persists_after_enough_alarms_in_a_row(index: Index) -> None:
    seen: list[tuple[int, bool]] = []
    for number in range(3):
        index.grow(unlike(number))
        check = index.check()
        assert check.outcome == "drifted"
        assert set(check.unlike) <= set(unlike(number).documents)
        seen.append((check.in_a_row, check.persists))
    assert seen == [(1, False), (2, False), (3, True)]

    index.grow(like(1))
    assert index.check().in_a_row == 0, "the newest documents are like the reference again"


def test_an_alarm_does_not_confirm_itself(index: Index) -> None:
    index.grow(unlike(1))
    assert index.check().in_a_row == 1
    for number in range(2, 5):
        index.grow(cloud(1, np.random.default_rng(number), moved=4.0, prefix=f"single-{number}"))
        check = index.check()
        assert check.outcome == "drifted"
        assert check.in_a_row == 1, "most of the window is what raised the alarm before"
    index.grow(cloud(10, np.random.default_rng(9), moved=4.0, prefix="more"))  # 13 documents of 4 chunks since
    assert index.check().in_a_row == 2


def test_documents_are_not_compared_with_themselves(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = index.reference().sample
    index.grow(whole.without(whole.documents[20:]))  # embedded again, as they were
    compared: list[tuple[Matrix, Matrix]] = []

    def score(_: Method, reference: Matrix, current: Matrix) -> float:
        compared.append((reference, current))
        return 0.0

    monkeypatch.setattr("workloads.embedding.drift.check.score", score)
    index.check()
    ((reference, current),) = compared
    assert not {row.tobytes() for row in reference} & {row.tobytes() for row in current}


def test_the_same_documents_are_not_counted_twice(index: Index) -> None:
    index.grow(unlike(1))
    first, second = index.check(), index.check()

    assert second == first
    assert len(kept_checks(index.archive, NAME, 5)) == 1


def test_the_reference_does_not_move_with_what_comes_later(index: Index) -> None:
    before = index.reference()
    index.grow(unlike(1))
    put(index.store, NAME, cloud(100, np.random.default_rng(7), moved=4.0), version="v2")
    index.check()

    assert np.array_equal(index.reference().sample.vectors, before.sample.vectors)


def test_other_settings_give_new_thresholds_for_the_same_reference(index: Index) -> None:
    before = index.reference()
    index.grow(unlike(1))
    check = index.check(SETTINGS.model_copy(update={"false_alarms": 0.2}))
    after = index.reference()

    assert check.outcome == "drifted", "what was new before is still new"
    assert after.calibration.sample == before.calibration.sample
    assert after.calibration.windows[-1].pairs < before.calibration.windows[-1].pairs


def test_a_new_reference_takes_the_place_of_the_old_one(index: Index) -> None:
    before = index.reference().calibration.sample
    index.grow(unlike(1))
    check, reference = check_drift(index.store, index.archive, "docs", SETTINGS, new_reference=True)

    assert check.outcome == "waiting", "all that there is is known"
    assert reference is not None
    assert "run-2" in reference.calibration.known_runs
    files = [name for name in index.archive.names("drift/") if name.endswith(".npz")]
    assert files == [f"drift/{NAME}/{reference.calibration.sample}"]
    assert reference.calibration.sample != before


def test_a_small_index_waits(tmp_path: Path) -> None:
    store = MemoryStore()
    store.create(CollectionSpec(NAME, 16, "cosine", "model", "rev", "blocks-1"))
    store.point_alias("docs", NAME)
    put(store, NAME, cloud(5, np.random.default_rng(1)))
    check, reference = check_drift(store, FolderArchive(tmp_path), "docs", SETTINGS)

    assert (check.outcome, reference) == ("waiting", None)
    assert "too little" in check.reason


def test_an_index_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such index"):
        check_drift(MemoryStore(), FolderArchive(tmp_path), "docs", SETTINGS)


@pytest.mark.parametrize("damage", ["calibration.json", "reference-"])
def test_a_damaged_reference_is_named(index: Index, damage: str) -> None:
    for name in list(index.archive.names(f"drift/{NAME}/{damage}")):
        index.archive.write(name, b"{}")
    with pytest.raises(ArchiveError, match=damage):
        index.check()


def test_metrics_hold_what_was_compared_and_leave_out_what_was_not(index: Index) -> None:
    waiting = drift_registry(index.check(), None)
    assert waiting.get_sample_value("embedding_drift_compared", {"index": "docs"}) == 0
    assert waiting.get_sample_value("embedding_drift_alarms_in_a_row", {"index": "docs"}) is None

    index.grow(unlike(1))
    check = index.check()
    registry = drift_registry(check, index.reference())
    labels = {"index": "docs", "method": "distance"}
    assert registry.get_sample_value("embedding_drift_score", labels) == check.scores["distance"]
    assert registry.get_sample_value("embedding_drift_alarm", labels) == 1
    assert registry.get_sample_value("embedding_drift_false_alarm_rate", {"index": "docs"}) is not None


def test_the_page_tells_scores_and_calibration_and_escapes_names(index: Index) -> None:
    index.grow(cloud(20, np.random.default_rng(9), moved=4.0, prefix="<script>"))
    check = index.check()
    page = drift_page(check, index.reference(), [check])

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert f"{check.scores['distance']:.4f}" in page
    assert "with 95% confidence, at most 5.00%" in page


def test_the_command_says_that_drift_persists(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        f"""
index: docs
source: {{uri: docs}}
embedder: {{model: model, revision: rev}}
store: {{engine: pgvector, url: "postgresql://nowhere"}}
manifests: {tmp_path / "manifests"}
drift: {{window: 50, methods: [distance], false_alarms: 0.05, persists: 1}}
"""
    )

    def open_store(_: StoreSettings) -> MemoryStore:
        return index.store

    monkeypatch.setattr("workloads.embedding.stores.opening.open_store", open_store)
    index.grow(unlike(1))
    cli.register_commands()
    asked = ["drift", "check", str(settings)]
    told = CliRunner().invoke(cli.app, [*asked, "--page", str(tmp_path / "page.html")])

    assert told.exit_code == 6, told.output
    assert "a new index is due" in told.output
    assert "alarm above" in (tmp_path / "page.html").read_text()
    again = CliRunner().invoke(cli.app, [*asked, "--json", "--metrics-file", str(tmp_path / "drift.prom")])
    assert json.loads(again.stdout)["persists"] is True
    assert 'embedding_drift_persists{index="docs"} 1.0' in (tmp_path / "drift.prom").read_text()
