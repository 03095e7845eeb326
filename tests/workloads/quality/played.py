"""A played model: answers, labels, settings, and a run over them; what is wrong with them is the test's choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workloads.archive import FolderArchive
from workloads.quality.result import Drift, Quality, Result
from workloads.quality.run import run
from workloads.quality.settings import QualitySettings, parse_settings
from workloads.quality.tables import Frame

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT: Final = NOW.timestamp()


def answers(
    rows: int,
    *,
    hours: float,
    until: datetime = NOW,
    seed: int = 0,
    moved: float = 0.0,
    version: str = "v1",
    prefix: str | None = None,
) -> pd.DataFrame:
    """Rows spread evenly over so many hours; `moved` shifts the number `length` by so many of its deviations."""
    random = np.random.default_rng(seed)
    begin = until - timedelta(hours=hours)
    return pd.DataFrame(
        {
            "id": [f"{prefix or seed}-{number}" for number in range(rows)],
            "time": pd.date_range(begin, until, rows + 1, inclusive="left").as_unit("us"),
            "version": version,
            "prediction": random.choice(["spam", "ham"], rows, p=[0.3, 0.7]),
            "score": random.random(rows),
            "length": random.normal(moved, 1.0, rows),
            "language": random.choice(["de", "en", "fr"], rows, p=[0.3, 0.6, 0.1]),
        }
    )


def labels(given: pd.DataFrame, *, right: float = 0.9, hours: float = 1.0, seed: int = 7) -> pd.DataFrame:
    """A label for each answer, so many hours later; such a share of them as the answer says."""
    random = np.random.default_rng(seed)
    other = np.where(given["prediction"] == "spam", "ham", "spam")
    return pd.DataFrame(
        {
            "id": given["id"],
            "time": given["time"] + timedelta(hours=hours),
            "label": given["prediction"].where(random.random(len(given)) < right, other),
        }
    )


def put(folder: Path, name: str, frame: Frame) -> Path:
    """Write a file below a folder."""
    file = folder / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file, index=False)
    return file


def settings(folder: Path, **changes: Any) -> QualitySettings:
    """Settings of a model whose files are in a folder; a change replaces a section's keys."""
    sections: dict[str, Any] = {
        "model": "mail",
        "predictions": {
            "uri": str(folder / "predictions"),
            "score": "score",
            "numerical": ["length"],
            "categorical": ["language"],
        },
        "results": str(folder / "results"),
        "feedback": {"uri": str(folder / "feedback"), "positive": "spam", "wait_hours": 24, "days": 2},
        "reference": {"days": 2},
        "window": {"hours": 24, "least_rows": 100},
        "groups": {"columns": ["language"], "least_rows": 20},
        "report": None,
    }
    for section, values in changes.items():
        known = sections.get(section)
        sections[section] = {**known, **values} if isinstance(known, dict) and isinstance(values, dict) else values
    return parse_settings(sections, "quality.yaml")


def healthy(folder: Path, *, moved: float = 0.0, right: float = 0.9) -> None:
    """Two days of answers before the last one, that one, and labels of all."""
    before = answers(2000, hours=48, until=NOW - timedelta(hours=24), seed=1)
    now = answers(1000, hours=24, seed=2, moved=moved)
    put(folder / "predictions", "before", before)
    put(folder / "predictions", "now", now)
    put(folder / "feedback", "given", labels(before, right=right))


def ran(folder: Path, chosen: QualitySettings | None = None, at: float = AT) -> Result:
    chosen = chosen or settings(folder)
    return run(chosen, FolderArchive(Path(chosen.results)), folder, at)


def of(result: Result, group: str = "all", version: str = "v1") -> Quality:
    (found,) = [one for one in result.quality if (one.group, one.version) == (group, version)]
    return found


def drift(result: Result, feature: str) -> Drift:
    (found,) = [one for one in result.drift if one.feature == feature]
    return found
