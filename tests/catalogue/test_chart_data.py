"""The chart's copies of the catalogue: written when missing, reported when stale, untouched by --check."""

from pathlib import Path

import pytest
import typer

from catalogue import chart_data


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the chart's."""
    monkeypatch.setattr(chart_data, "CHART_FILES", tmp_path)
    return tmp_path


def test_check_says_what_is_stale_and_writes_nothing(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        chart_data.chart_data(check=True)
    assert ended.value.exit_code == 1
    assert "instance-types.yaml: stale, run `python -m catalogue.chart_data`" in capsys.readouterr().err
    assert not list(files.iterdir())


def test_written_files_are_fresh_until_somebody_edits_them(files: Path) -> None:
    chart_data.chart_data(check=False)
    assert not chart_data.stale_files()
    edited = files / "model-memory.yaml"
    edited.write_text(edited.read_text(encoding="utf-8").replace("2048", "1024"), encoding="utf-8")
    assert chart_data.stale_files() == [edited]
