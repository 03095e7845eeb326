"""Measures the quality run beside Evidently alone and writes docs/benchmarks/quality.md: run as a module.

Both read the same files, compare the same columns by the same methods and judge the same labels, each in a process of
its own, in turns. Evidently is measured twice: the figures alone, and with its page. Ours is measured with its pages.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
REPORT: Final = ROOT / "docs" / "benchmarks" / "quality.md"
NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROWS: Final = 1_000_000
NUMBERS: Final = tuple(f"number_{place}" for place in range(15))
CLASSES: Final = tuple(f"class_{place}" for place in range(5))
GOAL_SECONDS: Final = 60
GOAL_MIB: Final = 2048

TEXT: Final = """# The quality run's speed

Measured by `python -m tests.bench_quality` on {date}: {machine}.

{rows:,} answers of now, {rows:,} of the reference, {rows:,} labels; {numbers} columns of numbers, {classes} of
classes, one of them for groups. Each is a process of its own, from the files to the result; its largest memory is what
the kernel counted.

| | seconds | largest memory, MiB |
|---|--:|--:|
{table}

Goal: ours under {goal_seconds} s and {goal_mib:,} MiB. {verdict} The pages of ours show 10,000 rows of each window, the
figures come from all; Evidently's page is of all rows. Of groups Evidently says nothing here: its own are wrong in this
release.

Both find the same scores: the largest difference of any column is {difference:.1e}.
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One process."""

    seconds: float
    mebibytes: float
    said: Any


def main() -> None:
    """Measure and write the report."""
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as folder:
        settings = written(Path(folder), ROWS)
        evidently = [
            sys.executable,
            "-m",
            "tests.bench_quality_evidently",
            folder,
            ",".join(NUMBERS),
            ",".join(CLASSES),
        ]
        ours = measured([sys.executable, "-m", "workloads.quality", "run", str(settings), "--at", at(), "--json"])
        figures = measured([*evidently, "figures"])
        page = measured([*evidently, "page"])
    scores = {found["feature"]: next(iter(found["scores"].values())) for found in ours.said["drift"]}
    difference = max(abs(scores[name] - score) for name, score in figures.said.items())
    rows = {"ours, with its pages": ours, "Evidently, figures alone": figures, "Evidently, with its page": page}
    kept = ours.seconds < GOAL_SECONDS and ours.mebibytes < GOAL_MIB
    REPORT.write_text(
        TEXT.format(
            date=datetime.now(UTC).date(),
            machine=f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
            f"Python {platform.python_version()}",
            rows=ROWS,
            numbers=len(NUMBERS),
            classes=len(CLASSES),
            table="\n".join(f"| {name} | {one.seconds:.1f} | {one.mebibytes:,.0f} |" for name, one in rows.items()),
            goal_seconds=GOAL_SECONDS,
            goal_mib=GOAL_MIB,
            verdict="It is." if kept else "It is not.",
            difference=difference,
        )
    )
    print(REPORT.read_text())  # noqa: T201 - what was measured, for whoever waited for it


def at() -> str:
    """The time that the run is to be at."""
    return str(NOW.timestamp())


def written(folder: Path, rows: int) -> Path:
    """Write both windows, the labels and the settings; return the settings' file."""
    current = _answers(rows, 1, NOW - timedelta(hours=23), moved=0.05)
    _put(folder / "predictions", "now", current)
    _put(folder / "reference", "set", _answers(rows, 2, NOW - timedelta(days=400)))
    random = np.random.default_rng(3)
    other = np.where(current["prediction"] == "spam", "ham", "spam")
    labels = current[["id", "time"]].assign(label=current["prediction"].where(random.random(rows) < 0.9, other))
    _put(folder / "feedback", "given", labels)
    settings: dict[str, Any] = {
        "model": "mail",
        "predictions": {
            "uri": str(folder / "predictions"),
            "numerical": list(NUMBERS),
            "categorical": list(CLASSES),
        },
        "reference": {"uri": str(folder / "reference")},
        "feedback": {"uri": str(folder / "feedback"), "positive": "spam", "wait_hours": 0, "late_hours": 100},
        "groups": {"columns": ["class_0"]},
        "results": str(folder / "results"),
    }
    file = folder / "quality.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


def measured(command: list[str]) -> Measured:
    """Run a process that prints JSON; return how long it took and how much memory it had at most."""
    probe = (
        "import json, resource, subprocess, sys, time; begun = time.monotonic(); "
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True); took = time.monotonic() - begun; "
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; "
        "print(json.dumps([took, peak / 1024, json.loads(done.stdout)]))"
    )
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, "-c", probe, *command], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    seconds, mebibytes, said = json.loads(done.stdout)
    return Measured(seconds=seconds, mebibytes=mebibytes, said=said)


def _answers(rows: int, seed: int, begin: datetime, moved: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "id": [f"{seed:02}-{number:030}" for number in range(rows)],
        "time": pd.date_range(begin, begin + timedelta(hours=22), rows).as_unit("us"),
        "version": "v1",
        "prediction": random.choice(["spam", "ham"], rows, p=[0.3, 0.7]),
    }
    columns |= {name: random.normal(moved * place, 1 + place, rows) for place, name in enumerate(NUMBERS)}
    columns |= {name: random.choice([f"value {each}" for each in range(10)], rows) for name in CLASSES}
    return pd.DataFrame(columns)


def _put(folder: Path, name: str, frame: pd.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main()
