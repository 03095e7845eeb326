"""What the job that checks for drift left is told by the search service, as the job's own metrics would tell it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from observability.catalogue import load_metrics
from tests.workloads.embedding.search.filled_index import filled_reader
from workloads.archive import Archive, ArchiveError, FolderArchive
from workloads.embedding.drift.check import Check
from workloads.embedding.drift.reference import Calibration
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.search.kept_drift import KeptDrift
from workloads.embedding.search.service import service
from workloads.embedding.settings import SearchSettings

COLLECTION = "docs-2026"
CALIBRATED = "2026-11-01T00:00:00+00:00"


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    found = FolderArchive(tmp_path)
    calibrate(found, CALIBRATED)
    return found


def calibrate(archive: Archive, created: str) -> None:
    calibration = Calibration(
        collection=COLLECTION, created=created, sample="reference-1.npz", vectors=100, documents=20, known_runs=(),
        methods=("distance",), false_alarms=0.01, confidence=0.95, largest_window=100, evidently="0", windows=(),
    )  # fmt: skip
    archive.write(f"drift/{COLLECTION}/calibration.json", calibration.model_dump_json().encode())


def keep(archive: Archive, number: int, *, persists: bool, calibrated: str = CALIBRATED) -> None:
    check = Check(
        index="docs", collection=COLLECTION, checked="2026-11-02T03:30:00+00:00", outcome="drifted", vectors=100,
        window=100, scores={"distance": 0.5}, thresholds={"distance": 0.1}, alarms=("distance",), in_a_row=number,
        persists=persists, calibrated=calibrated, digest=str(number),
    )  # fmt: skip
    archive.write(f"drift/{COLLECTION}/checks/{number:08}.json", check.model_dump_json().encode())


def values(text: bytes) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.labels.get("index") == "docs"
    }


def kept(archive: Archive, **changes: Callable[[], str]) -> KeptDrift:
    drift = KeptDrift(lambda: archive, changes.get("collection", lambda: COLLECTION))
    drift.refresh()
    return drift


def test_the_last_check_is_told(archive: FolderArchive) -> None:
    keep(archive, 1, persists=False)
    keep(archive, 2, persists=True)
    told = values(kept(archive).text)
    assert told["embedding_drift_persists"] == 1
    assert told["embedding_drift_alarms_in_a_row"] == 2
    assert told["embedding_drift_score"] == 0.5
    assert told["embedding_drift_checked_timestamp_seconds"] == 1793590200


def test_what_is_told_stands_in_the_metric_catalogue(archive: FolderArchive) -> None:
    keep(archive, 1, persists=True)
    known = {name for name in load_metrics() if name.startswith("embedding_drift_")}
    assert set(values(kept(archive).text)) == known


def test_before_the_first_check_nothing_is_told(archive: FolderArchive) -> None:
    assert kept(archive).text == b""


def test_a_new_reference_ends_what_was_said_against_the_one_before(archive: FolderArchive) -> None:
    keep(archive, 1, persists=True)
    drift = kept(archive)
    assert values(drift.text)["embedding_drift_persists"] == 1
    calibrate(archive, "2026-11-03T00:00:00+00:00")
    drift.refresh()
    assert drift.text == b""


def test_a_new_index_is_not_told_the_old_ones_drift(archive: FolderArchive) -> None:
    keep(archive, 1, persists=True)
    assert kept(archive, collection=lambda: "docs-2027").text == b""


@pytest.mark.parametrize("away", ["archive", "database"])
def test_what_was_known_stays_while_archive_or_database_are_away(archive: FolderArchive, away: str) -> None:
    keep(archive, 1, persists=True)
    faults: list[Exception] = []

    def asked(part: str) -> None:
        if faults and part == away:
            raise faults[0]

    def opened() -> Archive:
        asked("archive")
        return archive

    def collection() -> str:
        asked("database")
        return COLLECTION

    drift = KeptDrift(opened, collection)
    drift.refresh()
    faults.append(ArchiveError("s3: no answer") if away == "archive" else StoreUnavailableError("no answer"))
    drift.refresh()
    assert values(drift.text)["embedding_drift_persists"] == 1


def test_the_service_tells_it_among_its_own_and_follows_it(archive: FolderArchive) -> None:
    keep(archive, 1, persists=False)
    drift = KeptDrift(lambda: archive, lambda: COLLECTION, every_seconds=0.02)
    with TestClient(service(filled_reader(), SearchSettings(), drift=drift)) as client:
        assert eventually(lambda: values(client.get("/metrics").content).get("embedding_drift_persists") == 0)
        assert b"embedding_search_open_requests" in client.get("/metrics").content
        keep(archive, 2, persists=True)
        assert eventually(lambda: values(client.get("/metrics").content).get("embedding_drift_persists") == 1)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
