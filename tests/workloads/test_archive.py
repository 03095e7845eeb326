"""A folder and a bucket (moto) as archives: whole files or none, and faults of ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from workloads.archive import Archive, ArchiveError, FolderArchive, S3Archive, open_archive
from workloads.faults import AccessError, InputError


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if request.param == "folder":
        return open_archive(str(tmp_path / "new" / "folder"))
    return open_archive(request.getfixturevalue("bucket"))


def test_what_is_written_is_read(archive: Archive) -> None:
    archive.write("docs/1/a.json", b"one")
    archive.write("docs/1/a.json", b"two")
    archive.write("docs/2/b.json", b"\x00\xff")
    archive.write("other/c.json", b"")
    assert archive.read("docs/1/a.json") == b"two"
    assert archive.read("docs/2/b.json") == b"\x00\xff"
    assert list(archive.names("docs/")) == ["docs/1/a.json", "docs/2/b.json"]
    assert list(archive.names()) == ["docs/1/a.json", "docs/2/b.json", "other/c.json"]


def test_what_is_not_there(archive: Archive) -> None:
    assert archive.read("docs/1/a.json") is None
    archive.delete("docs/1/a.json")
    archive.write("docs/1/a.json", b"one")
    archive.delete("docs/1/a.json")
    assert archive.read("docs/1/a.json") is None
    assert list(archive.names()) == []


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}(/[a-z0-9-]{1,4}){0,2}\.json", fullmatch=True), st.binary(max_size=20))
)
def test_a_folder_is_a_dictionary(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    archive = FolderArchive(tmp_path_factory.mktemp("archive"))
    for name, content in files.items():
        archive.write(name, content)
    assert {name: archive.read(name) for name in archive.names()} == files


@pytest.mark.parametrize("uri", ["https://host/x", "s3://", "s3:///x"])
def test_other_places_are_refused(uri: str) -> None:
    with pytest.raises(InputError, match=r"manifests: .* allowed: a folder or s3://"):
        open_archive(uri)


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="file/folder: Not a directory"):
        open_archive(str(tmp_path / "file" / "folder"))


def test_a_write_that_fails_leaves_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = FolderArchive(tmp_path)
    archive.write("a.json", b"one")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(ArchiveError, match=r"a\.json: No space left on device"):
        archive.write("a.json", b"two")
    assert archive.read("a.json") == b"one"
    assert list(archive.names()) == ["a.json"]


@pytest.mark.parametrize(
    ("code", "fault"), [("ExpiredToken", AccessError), ("AccessDenied", AccessError), ("SlowDown", ArchiveError)]
)
def test_what_s3_refuses(bucket: str, code: str, fault: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    archive = open_archive(bucket)
    assert isinstance(archive, S3Archive)

    def refuse(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")

    monkeypatch.setattr(archive, "client", type("Client", (), {"put_object": staticmethod(refuse)})())
    with pytest.raises(fault, match=r"s3://manifests/team/a\.json"):
        archive.write("a.json", b"one")


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    with pytest.raises(ArchiveError, match="NoSuchBucket"):
        open_archive(bucket.replace("manifests", "nowhere")).write("a.json", b"one")
