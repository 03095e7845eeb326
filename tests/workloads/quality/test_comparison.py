"""What a run says of columns that changed, that lost values, that are gone.

The data are played, with seeds; whether thresholds fit a real model's is for its owner to see.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.workloads.quality.played import NOW, answers, drift, healthy, put, ran, settings

pytestmark = pytest.mark.xdist_group("drift")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("length", 3.0),
        ("language", "pt"),
        ("prediction", "spam"),
        ("score", 0.0),
    ],
)
def test_a_column_that_changed_is_named(tmp_path: Path, column: str, value: str | float) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    now.loc[now.index % 2 == 0, column] = value
    put(tmp_path / "predictions", "now", now)
    result = ran(tmp_path)
    assert result.drifted == (column,)
    assert drift(result, column).kind == ("data" if column in ("length", "language") else "prediction")


@pytest.mark.parametrize("method", ["psi", "jensenshannon", "hellinger"])
def test_every_method_tells_a_shift_from_none(tmp_path: Path, method: str) -> None:
    healthy(tmp_path, moved=1.0)
    result = ran(tmp_path, settings(tmp_path, drift={"numerical": method, "categorical": method}))
    assert result.drifted == ("length",)
    assert list(drift(result, "length").scores) == [method]


def test_a_threshold_of_one_column_is_its_own(tmp_path: Path) -> None:
    healthy(tmp_path, moved=1.0)
    result = ran(tmp_path, settings(tmp_path, drift={"thresholds": {"length": 2.0}}))
    assert result.drifted == ()
    assert drift(result, "length").thresholds == {"wasserstein": 2.0}
    assert drift(result, "score").thresholds == {"wasserstein": 0.1}


def test_values_that_go_missing_are_drift(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    now.loc[now.index % 4 == 0, "length"] = np.nan
    put(tmp_path / "predictions", "now", now)
    result = ran(tmp_path)
    assert result.drifted == ("length",)
    assert drift(result, "length").missing == {"reference": 0.0, "current": 0.25}


def test_infinite_numbers_count_as_missing(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    now.loc[now.index % 20 == 0, "length"] = np.inf
    put(tmp_path / "predictions", "now", now)
    result = ran(tmp_path)
    assert result.drifted == ()
    assert drift(result, "length").missing["current"] == 0.05


def test_a_column_that_is_gone_is_said(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    put(tmp_path / "predictions", "now", now.drop(columns=["length", "language"]))
    result = ran(tmp_path)
    assert result.conditions == {"feature_missing": "no value in one of the windows: length, language"}
    assert result.drifted == ("length", "language")
    assert drift(result, "length").scores == {}


def test_a_reference_of_its_own_is_taken_whole(tmp_path: Path) -> None:
    healthy(tmp_path)
    old = answers(3000, hours=24, until=NOW - timedelta(days=400), seed=9, moved=1.0)
    put(tmp_path / "validation", "set", old)
    result = ran(tmp_path, settings(tmp_path, reference={"uri": str(tmp_path / "validation")}))
    assert result.rows["reference"] == 3000
    assert result.drifted == ("length",)
    assert result.conditions == {}
