"""A model's files from emulated S3. Does not prove how fast S3 is, nor that Pod Identity lets the pod read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.exceptions import RetriesExceededError
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from workloads.embedding.cli import app, register_commands
from workloads.embedding.model_files import Fetched, fetch_model
from workloads.faults import AccessError, InputError, ProgramError


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        for key, body in {
            "minilm/1/config.json": b"{}",
            "minilm/1/1_Pooling/config.json": b"[1]",
            "minilm/1/empty/": b"",
            "minilm/10/config.json": b"another revision",
        }.items():
            client.put_object(Bucket="models", Key=key, Body=body)
        yield client


def test_every_file_below_the_prefix_and_no_other(bucket: Any, tmp_path: Path) -> None:
    assert fetch_model("s3://models/minilm/1", tmp_path, bucket) == Fetched(files=2, bytes=5, kept=0)
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"config.json": b"{}", "1_Pooling/config.json": b"[1]"}


def test_what_is_complete_is_not_fetched_again_and_what_is_not_is(bucket: Any, tmp_path: Path) -> None:
    fetch_model("s3://models/minilm/1/", tmp_path, bucket)
    (tmp_path / "config.json").write_bytes(b"{")
    (tmp_path / "1_Pooling" / "config.json.part").write_bytes(b"left by one that was killed")
    assert fetch_model("s3://models/minilm/1/", tmp_path, bucket).kept == 1
    assert (tmp_path / "config.json").read_bytes() == b"{}"


@pytest.mark.parametrize("uri", ["models/minilm", "s3://models", "s3://models/", "https://models/minilm"])
def test_a_uri_that_is_no_prefix_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="allowed: s3://bucket/prefix"):
        fetch_model(uri, tmp_path, object())


def test_an_empty_prefix_is_refused(bucket: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no object below"):
        fetch_model("s3://models/nothing", tmp_path, bucket)


@pytest.mark.parametrize("behind", ["../../etc/passwd", "{}/passwd", "a//b", "a/./b"])
def test_a_key_that_could_leave_the_folder_is_refused(bucket: Any, tmp_path: Path, behind: str) -> None:
    outside = tmp_path / "outside"
    bucket.put_object(Bucket="models", Key=f"bad/{behind.format(outside)}", Body=b"x")
    with pytest.raises(InputError, match="could leave the folder"):
        fetch_model("s3://models/bad", tmp_path / "model", bucket)
    assert not outside.exists()


def test_a_download_that_breaks_off_is_a_message(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(*_: Any) -> None:
        raise RetriesExceededError(OSError("cut"))

    monkeypatch.setattr(bucket, "download_file", breaks_off)
    with pytest.raises(ProgramError, match="s3://models/minilm/1: Max Retries"):
        fetch_model("s3://models/minilm/1", tmp_path, bucket)


@pytest.mark.parametrize(("code", "kind"), [("ExpiredToken", AccessError), ("SlowDown", ProgramError)])
def test_what_s3_refuses_is_a_message(code: str, kind: type[ProgramError], tmp_path: Path) -> None:
    class Refuses:
        def get_paginator(self, _: str) -> Any:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "ListObjectsV2")

    with pytest.raises(ProgramError, match="S3 refused") as caught:
        fetch_model("s3://models/minilm", tmp_path, Refuses())
    assert type(caught.value) is kind


@pytest.mark.usefixtures("bucket")
def test_the_command_says_what_came(tmp_path: Path) -> None:
    register_commands()
    result = CliRunner().invoke(app, ["fetch-model", "s3://models/minilm/1", str(tmp_path / "model")])
    assert result.exit_code == 0, result.output
    assert "2 files" in result.output
