"""The service runs in time, shows what the last run left, counts those that failed, and ends when it is told to."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.workloads.quality.played import AT, answers, healthy, labels, put, settings
from workloads.archive import FolderArchive
from workloads.quality.exporter import Exporter
from workloads.quality.faults import REASONS
from workloads.quality.result import CONDITIONS
from workloads.quality.run import run
from workloads.quality.service import Service

ROOT: Final = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.xdist_group("drift")


def scraped(exporter: Exporter) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    registry = CollectorRegistry()
    registry.register(exporter)
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            assert sample.labels["model"] == "mail"
            rest = frozenset((key, value) for key, value in sample.labels.items() if key != "model")
            found.setdefault(sample.name, {})[rest] = sample.value
    return found


def value(metrics: dict[str, dict[frozenset[tuple[str, str]], float]], name: str, **chosen: str) -> float | None:
    return metrics.get(name, {}).get(frozenset(chosen.items()))


def test_a_result_as_metrics(tmp_path: Path) -> None:
    healthy(tmp_path, moved=1.0)
    chosen = settings(tmp_path)
    result = run(chosen, FolderArchive(tmp_path / "results"), tmp_path, AT)
    exporter = Exporter("mail")
    exporter.show(result)
    metrics = scraped(exporter)
    accuracy = result.quality[0].measures["accuracy"]
    assert value(metrics, "quality_accuracy", version="v1", group="all") == accuracy
    assert value(metrics, "quality_recall", version="v1", group="language=fr") is not None
    assert value(metrics, "quality_labelled_rows", version="v1", group="all") == 2000
    assert value(metrics, "quality_drifted", kind="data", feature="length") == 1
    assert value(metrics, "quality_drifted", kind="prediction", feature="prediction") == 0
    score = value(metrics, "quality_drift_score", kind="data", feature="length", method="wasserstein")
    assert score is not None
    assert score > 0.9
    assert value(metrics, "quality_drift_threshold", kind="data", feature="length", method="wasserstein") == 0.1
    assert value(metrics, "quality_window_rows", window="current") == 1000
    assert value(metrics, "quality_missing_ratio", feature="length", window="current") == 0
    assert value(metrics, "quality_feedback_rows", fate="matched") == 2000
    assert value(metrics, "quality_last_success_timestamp_seconds") == AT + result.seconds
    assert value(metrics, "quality_last_run_timestamp_seconds") == AT
    assert set(metrics["quality_condition"].values()) == {0}
    assert len(metrics["quality_condition"]) == len(CONDITIONS)
    assert len(metrics["quality_run_failures_total"]) == len(REASONS)


def test_what_is_undefined_is_absent_and_what_goes_away_is_gone(tmp_path: Path) -> None:
    healthy(tmp_path)
    chosen, archive = settings(tmp_path), FolderArchive(tmp_path / "results")
    exporter = Exporter("mail")
    exporter.show(run(chosen, archive, tmp_path, AT))
    success = value(scraped(exporter), "quality_last_success_timestamp_seconds")
    for file in tmp_path.glob("*/*.parquet"):
        file.unlink()
    exporter.show(run(chosen, archive, tmp_path, AT + 3600))
    metrics = scraped(exporter)
    assert "quality_accuracy" not in metrics
    assert "quality_drift_score" not in metrics
    assert value(metrics, "quality_condition", condition="predictions_missing") == 1
    assert value(metrics, "quality_last_success_timestamp_seconds") == success, "nothing was told: it is no success"
    assert value(metrics, "quality_last_run_timestamp_seconds") == AT + 3600


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> float:
        return self.now


def service(folder: Path, *command: str, **changes: Any) -> Service:
    return Service(settings(folder, **changes), FolderArchive(folder / "results"), command, Clock())


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("sh", "-c", "echo broken >&2; exit 1"), "fault"),
        (("sh", "-c", "exit 2"), "input"),
        (("sh", "-c", "exit 3"), "unavailable"),
        (("sh", "-c", "exit 4"), "access"),
        (("sh", "-c", "exit 5"), "data"),
        (("sh", "-c", "exit 77"), "fault"),
        (("sh", "-c", "kill -9 $$"), "killed"),
    ],
)
def test_a_run_that_fails_is_counted_and_the_last_result_stays(
    tmp_path: Path, command: Sequence[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = service(tmp_path, *command)
    healthy(tmp_path)
    watch.exporter.show(run(settings(tmp_path), FolderArchive(tmp_path / "results"), tmp_path, AT))
    watch.run_once()
    metrics = scraped(watch.exporter)
    assert value(metrics, "quality_run_failures_total", reason=reason) == 1
    assert sum(metrics["quality_run_failures_total"].values()) == 1
    assert value(metrics, "quality_accuracy", version="v1", group="all") is not None
    told = capsys.readouterr()
    assert "run failed" in told.out + told.err


def test_a_run_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workloads.quality.service._MINUTE", 0.02)
    watch = service(tmp_path, "sleep", "600", schedule={"timeout_minutes": 1})
    begun = time.monotonic()
    watch.run_once()
    assert time.monotonic() - begun < 300
    assert value(scraped(watch.exporter), "quality_run_failures_total", reason="timeout") == 1


def test_what_a_run_says_at_length_does_not_hold_it_up(tmp_path: Path) -> None:
    watch = service(tmp_path, sys.executable, "-c", "import sys; sys.stderr.write('x' * 1_000_000); sys.exit(3)")
    watch.run_once()
    assert value(scraped(watch.exporter), "quality_run_failures_total", reason="unavailable") == 1


class Waits(threading.Event):
    """Notes how long it is waited for, and is set after some times."""

    def __init__(self, clock: Clock, times: int) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._clock = clock
        self._times = times

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self._clock.now += timeout or 0.0
        return len(self.waits) > self._times


def test_runs_follow_the_schedule_and_a_restart_waits_for_its_time(tmp_path: Path) -> None:
    clock = Clock()
    archive = FolderArchive(tmp_path / "results")
    chosen = settings(tmp_path, schedule={"every_minutes": 60})
    stop = Waits(clock, 2)
    Service(chosen, archive, ["true"], clock).serve(stop)
    assert stop.waits == [0.0, 3600.0, 3600.0]

    healthy(tmp_path)
    run(chosen, archive, tmp_path, AT)
    clock.now = AT + 600
    stop = Waits(clock, 1)
    watch = Service(chosen, archive, ["true"], clock)
    watch.serve(stop)
    assert stop.waits == [3000.0, 3600.0]
    assert value(scraped(watch.exporter), "quality_last_run_timestamp_seconds") == AT, "shown before the first run"


def test_a_clock_that_was_set_back_does_not_stop_the_runs(tmp_path: Path) -> None:
    clock = Clock()
    healthy(tmp_path)
    archive = FolderArchive(tmp_path / "results")
    run(settings(tmp_path), archive, tmp_path, AT + 1_000_000)
    stop = Waits(clock, 1)
    Service(settings(tmp_path), archive, ["true"], clock).serve(stop)
    assert stop.waits[0] == 3600


@pytest.mark.timeout(600)
def test_the_program_serves_runs_and_ends(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    given = answers(1000, hours=24, until=now, seed=1)
    put(tmp_path / "predictions", "now", given)
    put(tmp_path / "feedback", "given", labels(given, hours=0))
    file = tmp_path / "quality.yaml"
    chosen = settings(tmp_path, reference={"uri": str(tmp_path / "predictions")}, feedback={"wait_hours": 0})
    file.write_text(yaml.safe_dump(chosen.model_dump(mode="json")))
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "workloads.quality", "serve", str(file), "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        address = re.search(r"http://\S+", told)
        assert address is not None, told
        content = ""
        deadline = time.monotonic() + 240
        while "quality_accuracy" not in content and time.monotonic() < deadline:
            time.sleep(0.3)
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(address[0], timeout=60) as answer,  # noqa: S310 - our own address
            ):
                content = answer.read().decode()
        assert 'quality_accuracy{group="all",model="mail",version="v1"} 0.9' in content
        assert "python_info" not in content, "the program's own metrics are nobody's question"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            _, words = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, words
    assert "Traceback" not in words
