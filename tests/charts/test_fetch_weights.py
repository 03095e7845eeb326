"""The init container's program: once for all replicas, whole or not at all, continued after a kill.

The downloads are stand-ins. That the real ones work with the Hub and with S3 is proven where there is a network.
"""

import importlib.util
import json
import os
import threading
import time
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto import mock_aws

from tests.charts.rendering import CHART


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """files/fetch_weights.py as a module, with a quick heartbeat."""
    spec = importlib.util.spec_from_file_location("fetch_weights", CHART / "files" / "fetch_weights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.05)
    return module


def nothing(_uri: str, _target: Path) -> None:
    """A download of no files."""


def test_second_replica_finds_it_done(program: ModuleType, tmp_path: Path) -> None:
    calls: list[str] = []

    def download(uri: str, target: Path) -> None:
        calls.append(uri)
        (target / "weights").write_text("whole")

    assert program.fetch("hf://a/b@c", "b", tmp_path, 5, {"hf": download}) is True
    assert program.fetch("hf://a/b@c", "b", tmp_path, 5, {"hf": download}) is False
    assert calls == ["hf://a/b@c"]
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_replicas_that_start_together_download_once(program: ModuleType, tmp_path: Path) -> None:
    calls: list[str] = []
    results: list[bool] = []

    def slow(uri: str, target: Path) -> None:
        calls.append(uri)
        time.sleep(0.8)  # the others come meanwhile
        (target / "weights").write_text("whole")

    def replica() -> None:
        results.append(program.fetch("s3://a/b", "b", tmp_path, 120, {"s3": slow}))

    replicas = [threading.Thread(target=replica) for _ in range(4)]
    for thread in replicas:
        thread.start()
    for thread in replicas:
        thread.join()
    assert calls == ["s3://a/b"]
    assert sorted(results) == [False, False, False, True]


def test_half_a_download_is_never_served_and_is_continued(program: ModuleType, tmp_path: Path) -> None:
    def killed(_uri: str, target: Path) -> None:
        (target / "first").write_text("kept")
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        program.fetch("s3://a/b", "b", tmp_path, 5, {"s3": killed})
    assert not (tmp_path / "b").exists()

    def continued(_uri: str, target: Path) -> None:
        assert (target / "first").read_text() == "kept"
        (target / "second").write_text("new")

    program.fetch("s3://a/b", "b", tmp_path, 5, {"s3": continued})
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["first", "second"]


def test_lock_of_a_replica_that_is_gone_is_taken_over(program: ModuleType, tmp_path: Path) -> None:
    left = tmp_path / ".lock-b"
    left.mkdir()
    an_hour_ago = time.time() - 3600
    os.utime(left, (an_hour_ago, an_hour_ago))
    assert program.fetch("s3://a/b", "b", tmp_path, 5, {"s3": nothing}) is True


def test_lock_that_is_held_is_touched_and_not_taken_over(program: ModuleType, tmp_path: Path) -> None:
    held = tmp_path / ".lock-b"
    with program.lock(held, lambda: False, 1):
        an_hour_ago = time.time() - 3600
        os.utime(held, (an_hour_ago, an_hour_ago))
        deadline = time.monotonic() + 60
        while time.time() - held.stat().st_mtime > program.STALE_SECONDS:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_lock_that_lives_is_waited_for_and_then_given_up(program: ModuleType, tmp_path: Path) -> None:
    with (
        program.lock(tmp_path / ".lock-b", lambda: False, 1),
        pytest.raises(program.FetchError, match=r"\.lock-b: another replica held it for 0 s"),
    ):
        program.fetch("s3://a/b", "b", tmp_path, 0.2, {"s3": nothing})


def test_source_that_fails_is_named_in_the_log(
    program: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_uri: str, _target: Path) -> None:
        raise PermissionError("403")

    sources = tmp_path / "sources.json"
    sources.write_text(json.dumps([{"uri": "s3://models/qwen", "folder": "qwen"}]))
    assert program.main(sources, tmp_path, {"s3": refused}) == 1
    assert capsys.readouterr().err == "s3://models/qwen: PermissionError: 403\n"


def test_prefix_of_a_bucket_is_fetched_with_its_folders(program: ModuleType, tmp_path: Path) -> None:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="models")
        for key in ("qwen/config.json", "qwen/1/saved_model.pb", "qwen2/other", "qwen/"):
            client.put_object(Bucket="models", Key=key, Body=b"x")
        program.from_s3("s3://models/qwen", tmp_path)
        assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
            "1/saved_model.pb",
            "config.json",
        ]
        with pytest.raises(program.FetchError, match="s3://models/none: no objects below this prefix"):
            program.from_s3("s3://models/none", tmp_path)
