"""A manifest is written as it comes, and its summary last."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.workloads.embedding.ingest.memory_source import MemorySource
from tests.workloads.embedding.ingest.runs import rows, run
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.archive import ArchiveError, FolderArchive, open_archive
from workloads.embedding.ingest import manifest
from workloads.embedding.ingest.manifest import Entry, Manifest, entries, summaries


def test_entries_come_back_as_they_went_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_LINES", 3)
    archive = FolderArchive(tmp_path)
    written = [Entry(f"naïve {number}\n\u2028.txt", "done", "", "v", "d", "t", number, number) for number in range(7)]
    written.append(Entry("bad.pdf", "failed", "is encrypted"))
    kept = Manifest(archive, "docs", "run")
    for entry in written:
        kept.add(entry)
    # What a kill leaves: the full parts.
    assert list(entries(archive, "docs", "run")) == written[:6]
    kept.flush()
    assert list(entries(archive, "docs", "run")) == written
    assert kept.counts == {"done": 7, "failed": 1}
    assert list(summaries(archive, "docs")) == []


def test_parts_are_written_by_time_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_SECONDS", -1)
    kept = Manifest(FolderArchive(tmp_path), "docs", "run")
    kept.add(Entry("a.txt", "done"))
    assert len(kept.parts) == 1


def test_a_run_leaves_its_manifest_in_a_bucket(bucket: str, tmp_path: Path) -> None:
    source = MemorySource({"faq.jsonl": rows(["x", "y"]), "bad.pdf": b"no pdf"})
    store = MemoryStore()
    summary = run(tmp_path, store, source, changes={"manifests": bucket}).carry_out()
    run(tmp_path, store, source, changes={"manifests": bucket}).carry_out()
    archive = open_archive(bucket)
    first, second = summaries(archive, "docs")
    assert first == summary
    assert [found.counts["failed"] for found in (first, second)] == [1, 1]
    fates = {entry.document: entry.fate for entry in entries(archive, "docs", summary.run)}
    assert fates == {"bad.pdf": "failed", "faq.jsonl#x": "done", "faq.jsonl#y": "done"}
    (part,) = summary.parts
    content = archive.read(f"docs/{summary.run}/{part.name}")
    assert content is not None
    assert hashlib.sha256(content).hexdigest() == part.sha256
    assert not list(archive.names("leases/"))


def test_a_file_that_is_no_summary(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    archive.write("docs/run/summary.json", b"{}")
    with pytest.raises(ArchiveError, match=r"docs/run/summary\.json: is not a run's summary"):
        list(summaries(archive, "docs"))
