"""Evidently's pages come with a run, are thinned out, and never take the figures down with them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.workloads.quality.played import AT, healthy, labels, put, settings
from workloads.archive import FolderArchive
from workloads.quality import comparison
from workloads.quality.run import run

pytestmark = pytest.mark.xdist_group("drift")


def test_a_run_leaves_its_pages(tmp_path: Path) -> None:
    healthy(tmp_path, moved=1.0)
    archive = FolderArchive(tmp_path / "results")
    result = run(settings(tmp_path, report={"rows": 500}), archive, tmp_path, AT)
    assert result.conditions == {}
    assert result.reports == ("reports/20261121T120000Z-drift.html", "reports/20261121T120000Z-quality.html")
    drift, quality = ((archive.read(name) or b"").decode() for name in result.reports)
    assert "length" in drift
    assert "Wasserstein distance (normed)" in drift
    assert "Confusion Matrix" in quality


def test_the_oldest_pages_go(tmp_path: Path) -> None:
    healthy(tmp_path)
    archive = FolderArchive(tmp_path / "results")
    archive.write("reports/20250101T000000Z-drift.html", b"old")
    archive.write("reports/20250101T000000Z-quality.html", b"old")
    result = run(settings(tmp_path, report={"rows": 500, "keep": 1}), archive, tmp_path, AT)
    assert tuple(archive.names("reports/")) == result.reports


def test_three_classes_and_labels_of_one(tmp_path: Path) -> None:
    healthy(tmp_path)
    archive, chosen = FolderArchive(tmp_path / "results"), settings(tmp_path, report={"rows": 500})
    before = pd.read_parquet(tmp_path / "predictions/before.parquet")
    before.loc[before.index % 3 == 0, "prediction"] = "news"
    put(tmp_path / "predictions", "before", before)
    put(tmp_path / "feedback", "given", labels(before, right=1.0))
    result = run(chosen, archive, tmp_path, AT)
    assert result.conditions == {}
    assert len(result.reports) == 2
    put(tmp_path / "feedback", "given", labels(before).assign(label="ham"))
    result = run(chosen, archive, tmp_path, AT)
    assert set(result.conditions) == {"single_class_labels"}
    assert len(result.reports) == 1, "there is nothing to tell apart"


def test_figures_stand_where_evidently_falls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise KeyError("1")

    monkeypatch.setattr(comparison, "drift_page", fall)
    healthy(tmp_path)
    result = run(settings(tmp_path, report={"rows": 500}), FolderArchive(tmp_path / "results"), tmp_path, AT)
    assert result.conditions == {"report_failed": "drift: KeyError: '1'"}
    assert len(result.drift) == 4
    assert len(result.reports) == 1
