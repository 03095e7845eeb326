"""Progress as lines, and as a bar."""

from __future__ import annotations

import io
import json

import pytest
import structlog
from rich.console import Console

from workloads.embedding.ingest.manifest import Entry
from workloads.embedding.ingest.progress import Lines, progress
from workloads.logs import log_to_stderr


def test_lines_tell_counts_and_each_document_not_taken() -> None:
    with structlog.testing.capture_logs() as logs, progress(Console(file=io.StringIO())) as watch:
        assert isinstance(watch, Lines)
        watch(Entry("a.txt", "done"))
        watch(Entry("b.pdf", "failed", "is encrypted"))
    assert logs == [
        {
            "event": "not taken",
            "log_level": "warning",
            "document": "b.pdf",
            "fate": "failed",
            "reason": "is encrypted",
        }
    ]
    with structlog.testing.capture_logs() as logs:
        lines = Lines(seconds=0)
        for _ in range(2):
            lines(Entry("a.txt", "done"))
    assert logs[-1] == {"event": "progress", "log_level": "info", "done": 2}


def test_a_terminal_gets_a_bar() -> None:
    shown = io.StringIO()
    with progress(Console(file=shown, force_terminal=True, width=100)) as watch:
        for fate in ("done", "done", "failed"):
            watch(Entry("a.txt", fate))
    assert "2 done, 1 failed" in shown.getvalue()


def test_log_lines_are_json_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        log_to_stderr(human=False)
        structlog.get_logger().info("run ended", done=3)
    finally:
        structlog.configure(**before)
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["done"], told["level"]) == ("run ended", 3, "info")
