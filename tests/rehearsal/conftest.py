"""Shows the measured score of the rehearsal's judgement at the end of every run that measures it."""

from __future__ import annotations

from typing import Any

import pytest

SCORE = "rehearsal's judgement"
"""Name of the property in which the measuring test leaves its result."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports: list[Any] = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == SCORE and report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")
