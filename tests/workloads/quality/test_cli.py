"""The command: what it prints and leaves, and that a fault is one message with its exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.workloads.quality.played import AT, healthy, settings
from workloads.archive import ArchiveError
from workloads.faults import AccessError, InputError, ProgramError
from workloads.quality import cli, run
from workloads.quality.faults import DataError, UnavailableError

pytestmark = pytest.mark.xdist_group("drift")


def status(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["quality", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def file(tmp_path: Path) -> str:
    healthy(tmp_path, moved=1.0)
    path = tmp_path / "quality.yaml"
    path.write_text(yaml.safe_dump(settings(tmp_path).model_dump(mode="json")))
    return str(path)


def test_a_run_tells_what_it_found(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("run", file, "--at", str(AT)) == 0
    told = capsys.readouterr().out
    assert told.startswith("mail: 1 of 4 columns drifted; rows: 1000 current, 2000 reference, 2000 labelled\n")
    assert "  v1 all: 2000 labelled, accuracy 0.9" in told


def test_a_run_as_json_and_as_metrics(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = tmp_path / "quality.prom"
    assert status("run", file, "--at", str(AT), "--json", "--metrics-file", str(metrics)) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["rows"]["labelled"] == 2000
    assert 'quality_drifted{feature="length",kind="data",model="mail"} 1.0' in metrics.read_text()


def test_drift_can_be_a_status(file: str) -> None:
    assert status("run", file, "--at", str(AT), "--fail-on-drift") == cli.DRIFTED


def test_nothing_to_be_said_is_told(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for data in tmp_path.glob("*/*.parquet"):
        data.unlink()
    assert status("run", file, "--at", str(AT)) == 0
    told = capsys.readouterr().out
    assert told.startswith("mail: nothing can be said; ")
    assert "  predictions_missing: " in told


@pytest.mark.parametrize("fault", [InputError, UnavailableError, AccessError, DataError, ProgramError, ArchiveError])
def test_a_fault_is_one_message(
    file: str, fault: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise fault("the data are [gone]")

    monkeypatch.setattr(run, "run", fail)
    assert status("run", file) == getattr(fault, "exit_status", None)
    assert capsys.readouterr().err == "error: the data are [gone]\n"


def test_results_that_can_go_nowhere(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file = tmp_path / "nowhere.yaml"
    content = yaml.safe_load(Path(file).read_text()) | {"results": "gs://bucket/quality"}
    settings_file.write_text(yaml.safe_dump(content))
    assert status("run", str(settings_file)) == 2
    assert (
        capsys.readouterr().err == "error: results: 'gs://bucket/quality': allowed: a folder or s3://bucket/prefix/\n"
    )


@pytest.mark.parametrize("arguments", [("run", "none.yaml"), ("serve", "none.yaml")])
def test_settings_that_are_not_there(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status(*arguments) == 2
    assert capsys.readouterr().err == "error: none.yaml: No such file or directory\n"


def test_help_tells_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--help") == 0
    told = capsys.readouterr().out
    assert "run" in told
    assert "serve" in told
