"""Vectors that moved are told from vectors that did not, with thresholds from the reference or from the settings.

Calibration itself is tested in tests/workloads/drift.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workloads.quality.played import AT, NOW, answers, put, settings
from workloads.archive import FolderArchive
from workloads.quality import vector_drift
from workloads.quality.faults import DataError
from workloads.quality.result import Result
from workloads.quality.run import run
from workloads.quality.tables import Frame

pytestmark = pytest.mark.xdist_group("drift")

QUICK = {"column": "vector", "window": 50, "methods": ["distance"], "false_alarms": 0.1}


def vectors(rows: Frame, seed: int, moved: float = 0.0, length: int = 8) -> Frame:
    random = np.random.default_rng(seed)
    made = random.normal(size=(len(rows), length)) + moved
    return rows.assign(vector=list(made.astype(np.float32)))


def ran(folder: Path, moved: float = 0.0, **changes: Any) -> Result:
    put(folder / "reference", "set", vectors(answers(600, hours=24, seed=1), 1))
    put(folder / "predictions", "now", vectors(answers(300, hours=24, seed=2), 2, moved))
    chosen = settings(
        folder,
        feedback=None,
        groups={"columns": []},
        reference={"uri": str(folder / "reference")},
        embedding=QUICK | changes,
    )
    return run(chosen, FolderArchive(folder / "results"), folder, AT)


@pytest.mark.parametrize(("moved", "drifted"), [(0.0, ()), (1.0, ("vector",))])
def test_with_thresholds_of_the_reference(tmp_path: Path, moved: float, drifted: tuple[str, ...]) -> None:
    result = ran(tmp_path, moved)
    assert result.drifted == drifted
    (found,) = [one for one in result.drift if one.kind == "embedding"]
    assert set(found.scores) == {"distance"}
    assert (found.scores["distance"] > found.thresholds["distance"]) == bool(drifted)


def test_a_reference_is_calibrated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ran(tmp_path)

    def again(*_: object) -> None:
        raise AssertionError("calibrated again")

    monkeypatch.setattr(vector_drift, "calibrate_window", again)
    assert ran(tmp_path).drift == first.drift
    assert len(list((tmp_path / "results/calibrations").iterdir())) == 1


def test_with_thresholds_of_the_settings(tmp_path: Path) -> None:
    result = ran(tmp_path, 1.0, thresholds={"distance": 100.0})
    assert result.drifted == ()
    assert not (tmp_path / "results/calibrations").exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"window": 301, "thresholds": {"distance": 1.0}}, "vector: 300 of the 301 vectors of a window"),
        ({"window": 250, "thresholds": {"distance": 1.0}}, "vector: the reference has 600 vectors; 750 are needed"),
        ({"column": "other"}, "other: 0 of the 50 vectors of a window"),
    ],
)
def test_too_few_vectors_are_said(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    result = ran(tmp_path, **changes)
    assert result.conditions == {"too_few_vectors": why}
    assert len(result.drift) == 4


def test_vectors_of_another_model_are_said(tmp_path: Path) -> None:
    ran(tmp_path)
    put(tmp_path / "reference", "set", vectors(answers(600, hours=24, seed=1), 1, length=4))
    chosen = settings(
        tmp_path,
        feedback=None,
        groups={"columns": []},
        reference={"uri": str(tmp_path / "reference")},
        embedding=QUICK,
    )
    result = run(chosen, FolderArchive(tmp_path / "results"), tmp_path, AT)
    assert result.conditions == {"too_few_vectors": "vector: 8 numbers, the reference's have 4"}


def test_vectors_of_two_lengths_are_a_fault(tmp_path: Path) -> None:
    put(tmp_path / "predictions", "more", vectors(answers(300, hours=24, seed=3, until=NOW), 3, length=4))
    with pytest.raises(DataError, match="vector: vectors of 4, 8 numbers; allowed: one length"):
        ran(tmp_path, window=500)
