"""A folder's files are listed whole or not at all, and opened as they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from workloads.embedding.faults import DocumentFault, SourceUnavailableError
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.folder import FolderSource
from workloads.embedding.sources.opening import open_source
from workloads.faults import AccessError, InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    (root / "b" / ".git").mkdir(parents=True)
    (root / "a.md").write_text("a")
    (root / "b" / "c.md").write_text("cc")
    (root / "b" / ".git" / "config").write_text("x")
    return root


def source(folder: Path, **settings: Any) -> FolderSource:
    return FolderSource(SourceSettings(uri=str(folder), **settings))


def keys(folder: Path, **settings: Any) -> list[str]:
    return [item.key for item in source(folder, **settings).listing()]


def test_files_are_listed_by_their_path_below_the_folder(folder: Path) -> None:
    assert keys(folder) == ["a.md", "b/c.md"]
    assert keys(folder, include=("*.md",)) == ["a.md"]
    assert keys(folder, exclude=("b/**",)) == ["a.md"]
    assert [item.size for item in source(folder).listing()] == [1, 2]


def test_an_items_bytes_can_be_read(folder: Path) -> None:
    opened = source(folder)
    for item in opened.listing():
        with opened.open(item) as stream:
            assert stream.read() == (folder / item.path).read_bytes()


def test_the_tag_changes_with_the_content_even_where_size_and_time_are_set_back(folder: Path) -> None:
    file = folder / "a.md"
    before = [item.tag for item in source(folder).listing()]
    assert [item.tag for item in source(folder).listing()] == before
    times = file.stat()
    file.write_text("b")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert [item.tag for item in source(folder).listing()] != before


def test_a_link_out_of_the_folder_is_not_taken_and_one_inside_is(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    (folder / "dangling.md").symlink_to(folder / "nowhere")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "..data").mkdir()
    (folder / "..data" / "mounted.md").write_text("mounted")
    (folder / "mounted.md").symlink_to(Path("..data", "mounted.md"))
    assert keys(folder) == ["a.md", "mounted.md", "b/c.md"]


def test_a_pipe_is_not_taken(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    assert keys(folder) == ["a.md", "b/c.md"]


def test_a_name_that_is_no_text_has_a_key_and_can_be_opened(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9#1.txt")).write_bytes(b"x")
    [item] = [item for item in source(folder).listing() if item.path.endswith(".txt")]
    assert item.key == "caf%E9%231.txt"
    with source(folder).open(item) as stream:
        assert stream.read() == b"x"


def test_what_is_gone_since_the_listing_is_skipped(folder: Path) -> None:
    opened = source(folder)
    [item, _] = opened.listing()
    (folder / "a.md").unlink()
    with pytest.raises(DocumentFault, match="gone since it was listed") as caught:
        opened.open(item)
    assert caught.value.fate == "skipped"


def test_a_file_that_may_not_be_read_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = source(folder)
    [item, _] = opened.listing()

    def refuse(*_: object) -> None:  # root may read everything
        raise PermissionError(13, "Permission denied", "a.md")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DocumentFault, match="can't be read: Permission denied") as caught:
        opened.open(item)
    assert caught.value.fate == "failed"


@pytest.mark.parametrize(("number", "fault"), [(13, AccessError), (5, SourceUnavailableError)])
def test_a_folder_that_can_not_be_listed_ends_the_run_so_that_nothing_seems_gone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, fault: type[Exception]
) -> None:
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("b"):
            raise OSError(number, os.strerror(number), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(fault, match=rf"source\.uri: .*b: {os.strerror(number)}"):
        keys(folder)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    for uri in (str(tmp_path / "missing"), "s4://x/", "https://example.com/docs"):
        with pytest.raises(InputError, match=r"source\.uri: "):
            open_source(SourceSettings(uri=uri))
