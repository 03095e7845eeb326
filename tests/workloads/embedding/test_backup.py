"""Backups on every engine: taken, restored, drilled, cut off, broken. Does not prove that S3 keeps them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tests.workloads.embedding.faulty_store import FaultyStore, Killed
from tests.workloads.embedding.memory_store import MemoryStore
from workloads.archive import Archive, FolderArchive
from workloads.embedding.backup.record import BackupError, backups, find_backup, folder
from workloads.embedding.backup.restore import drill_restore, restore_backup
from workloads.embedding.backup.take import prune_backups, take_backup
from workloads.embedding.cli import app, register_commands
from workloads.embedding.records import CollectionSpec, Head, Point, chunk_id, document_version
from workloads.embedding.stores.port import VectorStore
from workloads.embedding.visibility import publish, visible_export
from workloads.faults import InputError

SPEC = CollectionSpec("docs_test_1_abcdef", 16, "cosine", "test", "1", "blocks-1/512/64")


def version(text: str) -> str:
    return document_version(text, SPEC.model, SPEC.revision, SPEC.chunker)


def points(document: str, text: str, count: int) -> list[Point]:
    random = np.random.default_rng(zlib.crc32(f"{document} {text}".encode()))
    vectors = random.normal(size=(count, SPEC.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    of = version(text)
    return [
        Point(chunk_id(document, of, i), vector, document, of, i, f"{text} {i} \x1f é", "A > B", {"n": i, "ok": True})
        for i, vector in enumerate(vectors)
    ]


def put(store: VectorStore, document: str, text: str, count: int) -> None:
    publish(store, SPEC.name, Head(document, version(text), count, "tag"), points(document, text, count))


def fill(store: VectorStore) -> None:
    store.create(SPEC)
    for number in range(6):
        put(store, f"docs/{number}.md", f"text {number}", number + 1)
    store.point_alias("docs", SPEC.name)


def content(store: VectorStore, name: str) -> dict[str, tuple[Any, ...]]:
    return {
        point.id: (
            point.document, point.version, point.ordinal, point.text, point.heading, dict(point.metadata),
            tuple(np.round(point.vector.astype(float), 5)),
        )
        for point in visible_export(store, name)
    }  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return FolderArchive(tmp_path / "archive")


@pytest.fixture
def memory() -> MemoryStore:
    store = MemoryStore()
    fill(store)
    return store


def test_what_was_taken_comes_back_on_every_engine(store: VectorStore, archive: Archive) -> None:
    fill(store)
    before = content(store, SPEC.name)
    backup = take_backup(store, archive, "docs")
    assert (backup.documents, backup.chunks, backup.collection) == (6, 21, SPEC)
    drilled = drill_restore(store, archive, backup)
    assert drilled.passed
    assert (drilled.same_as_live, drilled.asked) == (drilled.compared, 20)
    assert store.names() == [SPEC.name]
    store.drop(SPEC.name)
    assert restore_backup(store, archive, find_backup(archive, "docs", None)) == SPEC.name
    assert content(store, SPEC.name) == before
    assert {head.document: head.chunks for head in store.heads(SPEC.name)} == {f"docs/{n}.md": n + 1 for n in range(6)}


def test_points_that_no_reader_sees_are_left_out(memory: MemoryStore, archive: Archive) -> None:
    memory.upsert(SPEC.name, points("docs/half.md", "half", 3))
    backup = take_backup(memory, archive, "docs")
    assert backup.chunks == 21
    memory.drop(SPEC.name)
    restore_backup(memory, archive, backup)
    assert memory.count(SPEC.name) == 21


def test_a_document_that_is_published_anew_meanwhile_is_whole_in_one_version(
    memory: MemoryStore, archive: Archive
) -> None:
    changed: list[str] = []

    def change(call: str) -> None:
        if call == "export" and not changed:
            changed.append(call)
            put(memory, "docs/5.md", "another text", 2)
            put(memory, "docs/new.md", "new", 1)

    backup = take_backup(FaultyStore(memory, before_call=change), archive, "docs")
    assert changed
    assert (backup.documents, backup.chunks) == (6, 17)
    other = MemoryStore()
    restore_backup(other, archive, backup)
    of_changed = [point.version for point in visible_export(other, SPEC.name) if point.document == "docs/5.md"]
    assert of_changed == [version("another text")] * 2


def test_documents_that_never_rest_are_an_error_and_no_backup(memory: MemoryStore, archive: Archive) -> None:
    memory.put_heads(SPEC.name, [Head("docs/gone.md", version("gone"), 3)])
    with pytest.raises(BackupError, match=r"1 documents are incomplete, such as docs/gone\.md"):
        take_backup(memory, archive, "docs")
    assert backups(archive, "docs") == []


def calls_of(work: Callable[[VectorStore], object], store: VectorStore) -> int:
    counted = FaultyStore(store)
    work(counted)
    return len(counted.calls)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restore_that_is_killed_at_any_call_is_done_again(when: Any, memory: MemoryStore, archive: Archive) -> None:
    backup = take_backup(memory, archive, "docs")
    whole = content(memory, SPEC.name)
    for at in range(calls_of(lambda store: restore_backup(store, archive, backup), MemoryStore())):
        other = MemoryStore()
        with pytest.raises(Killed):
            restore_backup(FaultyStore(other, at=at, when=when), archive, backup)
        restore_backup(other, archive, backup)
        assert content(other, SPEC.name) == whole


def test_a_backup_that_is_killed_at_any_call_is_none(memory: MemoryStore, archive: Archive, tmp_path: Path) -> None:
    for at in range(calls_of(lambda store: take_backup(store, FolderArchive(tmp_path / "one"), "docs"), memory)):
        with pytest.raises(Killed):
            take_backup(FaultyStore(memory, at=at), archive, "docs")
    assert backups(archive, "docs") == []


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b nothing", None])
def test_a_damaged_part_is_named_and_nothing_of_it_is_seen(
    damage: bytes | None, memory: MemoryStore, archive: Archive
) -> None:
    backup = take_backup(memory, archive, "docs")
    part = backup.points[0].name
    if damage is None:
        archive.delete(part)
    else:
        archive.write(part, damage)
    other = MemoryStore()
    with pytest.raises(BackupError, match="points-00000"):
        restore_backup(other, archive, backup)
    assert list(other.heads(SPEC.name)) == []
    with pytest.raises(BackupError, match="points-00000"):
        drill_restore(memory, archive, backup)
    assert memory.names() == [SPEC.name]


def test_a_drill_fails_where_the_restored_answers_wrongly(memory: MemoryStore, archive: Archive) -> None:
    backup = take_backup(memory, archive, "docs")

    class Forgets(MemoryStore):
        def search(self, *args: Any, **options: Any) -> Any:
            return super().search(*args, **options)[1:]

    other = Forgets()
    fill(other)
    assert not drill_restore(other, archive, backup).passed


def test_a_drill_passes_where_many_chunks_are_the_same(memory: MemoryStore, archive: Archive) -> None:
    """As the licence at the end of every page: of equally near ones, any may come first."""
    vector = points("docs/licence.md", "licence", 1)[0].vector
    for number in range(30):
        (one,) = points(f"docs/{number}.html", "licence", 1)
        publish(memory, SPEC.name, Head(one.document, one.version, 1), [replace(one, vector=vector)])
    drilled = drill_restore(memory, archive, take_backup(memory, archive, "docs"))
    assert drilled.passed
    assert drilled.asked == 20


@pytest.mark.parametrize("change", [{"text": "another"}, {"metadata": {}}, {"vector": np.ones(16, np.float32) / 4}])
def test_a_drill_fails_where_a_chunk_came_back_as_another(
    change: dict[str, Any], memory: MemoryStore, archive: Archive
) -> None:
    backup = take_backup(memory, archive, "docs")

    class Garbles(MemoryStore):
        def upsert(self, name: str, points: Sequence[Point]) -> None:
            super().upsert(name, [replace(point, **change) for point in points])

    assert not drill_restore(Garbles(), archive, backup).passed


def test_a_drill_reads_everything_only_where_the_index_misses(memory: MemoryStore, archive: Archive) -> None:
    backup = take_backup(memory, archive, "docs")
    searched: list[bool] = []

    class Watched(MemoryStore):
        def search(self, *args: Any, **options: Any) -> Any:
            searched.append(options["exact"])
            return super().search(*args, **options)

    assert drill_restore(Watched(), archive, backup).passed
    assert searched
    assert not any(searched)


def test_a_restore_never_mixes_with_other_documents(memory: MemoryStore, archive: Archive) -> None:
    backup = take_backup(memory, archive, "docs")
    put(memory, "docs/later.md", "later", 1)
    with pytest.raises(InputError, match="holds other documents"):
        restore_backup(memory, archive, backup)


def test_the_newest_stay(memory: MemoryStore, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = iter(["000001", "000002", "000003"])

    def end(_: int) -> str:
        return next(ends)

    monkeypatch.setattr("workloads.embedding.backup.take.secrets.token_hex", end)
    taken = sorted(take_backup(memory, archive, "docs").id for _ in range(3))
    archive.write(f"{folder('docs')}20000101T000000Z-aaaaaa/points-00000.jsonl.gz", b"left by one that was cut off")
    assert prune_backups(archive, "docs", 2) == ["20000101T000000Z-aaaaaa", taken[0]]
    assert [backup.id for backup in backups(archive, "docs")] == taken[1:]
    assert not [name for name in archive.names() if taken[0] in name]


def test_what_is_not_there_is_named(memory: MemoryStore, archive: Archive) -> None:
    with pytest.raises(InputError, match="no backup of docs"):
        find_backup(archive, "docs", None)
    backup = take_backup(memory, archive, "docs")
    with pytest.raises(InputError, match=f"backup 'old': allowed: {backup.id}"):
        find_backup(archive, "docs", "old")
    with pytest.raises(InputError, match="has no live collection"):
        take_backup(memory, archive, "other")


@pytest.mark.xdist_group("qdrant")
def test_the_commands(engine_servers: Any, tmp_path: Path) -> None:
    from workloads.embedding.stores.opening import open_store  # noqa: PLC0415 - for this test alone

    server = engine_servers("qdrant")
    settings = server.fresh(tmp_path)
    store = open_store(settings, server.environ)
    fill(store)
    store.close()
    file = tmp_path / "embedding.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "index": "docs",
                "source": {"uri": str(tmp_path)},
                "embedder": {"model": "test", "revision": "1"},
                "store": settings.model_dump(exclude_defaults=True) | {"engine": "qdrant"},
                "manifests": str(tmp_path / "manifests"),
            }
        )
    )
    register_commands()

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["backup", arguments[0], str(file), *arguments[1:]])
        assert result.exit_code == 0, result.output
        return result.output

    assert "there is no backup of docs" in run("list")
    assert "6 documents, 21 chunks" in run("take")
    assert "21 chunks  of docs_test_1_abcdef" in run("list")
    assert "21 chunks restored; 20 of 20 found" in run("drill")
    assert "21 chunks in docs_again, live" in run("restore", "--into", "docs_again", "--live")
    store = open_store(settings, server.environ)
    assert store.alias("docs") == "docs_again"
    store.close()
