"""What a run reads, and what it says of data that are late, missing, empty, twice there or unreadable.

The data are played, with seeds.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.workloads.quality.played import answers, healthy, labels, of, put, ran, settings
from workloads.archive import FolderArchive
from workloads.faults import InputError
from workloads.quality import comparison
from workloads.quality.faults import DataError
from workloads.quality.run import kept_result
from workloads.quality.tables import Frame

pytestmark = pytest.mark.xdist_group("drift")


def test_healthy_data_have_no_condition(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path)
    assert result.conditions == {}
    assert result.drifted == ()
    assert {found.feature for found in result.drift} == {"length", "language", "prediction", "score"}
    assert result.rows == {"current": 1000, "reference": 2000, "labelled": 2000}
    assert result.feedback == {"matched": 2000, "young": 0, "unmatched": 0, "conflicting": 0, "unlabelled": 0}


def test_no_answers_at_all(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    (tmp_path / "feedback").mkdir()
    result = ran(tmp_path)
    assert set(result.conditions) == {
        "predictions_missing",
        "too_few_predictions",
        "reference_missing",
        "feedback_missing",
    }
    assert not result.useful
    assert result.newest_prediction is None


def test_files_without_a_row(tmp_path: Path) -> None:
    empty = answers(10, hours=1).iloc[:0]
    put(tmp_path / "predictions", "empty", empty)
    put(tmp_path / "feedback", "empty", labels(answers(10, hours=1)).iloc[:0])
    result = ran(tmp_path)
    assert set(result.conditions) == {"too_few_predictions", "reference_missing", "feedback_missing"}


def test_answers_that_come_late_are_said_to_and_quality_stands(tmp_path: Path) -> None:
    healthy(tmp_path)
    (tmp_path / "predictions/now.parquet").unlink()
    result = ran(tmp_path)
    assert result.conditions == {
        "too_few_predictions": "0 of the 100 answers that are needed",
        "predictions_late": "the newest is of 2026-11-20 11:58 UTC, more than 6 hours ago",
    }
    assert result.drift == ()
    assert of(result).rows == 2000


def test_a_broken_file_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    healthy(tmp_path)
    (tmp_path / "predictions/cut.parquet").write_bytes(b"PAR1 and then nothing")
    result = ran(tmp_path)
    assert set(result.conditions) == {"unreadable_files"}
    assert "cut.parquet" in result.conditions["unreadable_files"]
    assert of(result).rows == 2000


def test_broken_files_alone_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions/cut.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataError, match=r"cut\.parquet: .*; nor can any other of 1 files be read"):
        ran(tmp_path)


def test_a_column_that_every_file_needs(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    put(tmp_path / "predictions", "now", now.rename(columns={"prediction": "answer"}))
    with pytest.raises(DataError, match=r"now\.parquet: has no column prediction; it has answer, id, "):
        ran(tmp_path)


def test_a_column_of_a_type_that_can_not_be(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    put(tmp_path / "predictions", "now", now.assign(length="long"))
    with pytest.raises(DataError, match=r"now\.parquet: length: .*string where a number is needed"):
        ran(tmp_path)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"predictions\.uri: .*: is no folder"):
        ran(tmp_path)


def test_only_folders_of_the_window_are_read(tmp_path: Path) -> None:
    healthy(tmp_path)
    for file, day in (("before", None), ("now", None)):
        frame = pd.read_parquet(tmp_path / f"predictions/{file}.parquet")
        (tmp_path / f"predictions/{file}.parquet").unlink()
        for date, rows in frame.groupby(frame["time"].dt.strftime("date=%Y-%m-%d")):
            put(tmp_path / "predictions" / str(date), f"{file}{day or ''}", rows)
    (tmp_path / "predictions/date=2026-01-01").mkdir()
    (tmp_path / "predictions/date=2026-01-01/broken.parquet").write_bytes(b"not looked at")
    result = ran(tmp_path, settings(tmp_path, predictions={"partition": "date=%Y-%m-%d"}))
    assert result.conditions == {}
    assert result.rows == {"current": 1000, "reference": 2000, "labelled": 2000}


def test_of_too_many_rows_a_part_is_picked_by_their_ids(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = answers(8000, hours=24, seed=3)
    put(tmp_path / "predictions", "now", now)
    chosen = settings(tmp_path, window={"most_rows": 1000})
    result = ran(tmp_path, chosen)
    assert result.conditions["sampled"] == "1000 of 8000 rows"
    assert 150 < of(result).rows < 250, "a tenth of the 10,000 answers up to now is picked, and so are their labels"
    assert "unmatched_feedback" not in result.conditions
    assert ran(tmp_path, chosen).drift == result.drift, "the same ones each time"


def test_of_answers_without_an_id_a_part_is_picked_too(tmp_path: Path) -> None:
    healthy(tmp_path)
    put(tmp_path / "predictions", "now", answers(8000, hours=24, seed=3).assign(id=None))
    chosen = settings(tmp_path, window={"most_rows": 1000}, report={"rows": 500})
    shown: list[int] = []

    def page(_reference: Frame, current: Frame, *_: object) -> None:
        shown.append(len(current))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "drift_page", page)
        ran(tmp_path, chosen)
    assert 900 < shown[0] < 1100


def test_the_result_is_kept(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path)
    archive = FolderArchive(tmp_path / "results")
    assert kept_result(archive) == result
    assert list(archive.names()) == ["latest.json", "runs/20261121T120000Z.json"]


def test_a_result_of_another_release_is_none(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    archive.write("latest.json", b'{"model": "mail"}')
    assert kept_result(archive) is None
