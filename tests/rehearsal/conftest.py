"""The simulated cluster's programs for tests; and the measured score of the rehearsal's judgement, at a run's end."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.toolchain import Toolchain, ToolchainError, built_toolchain, ready_toolchain

SCORE = "rehearsal's judgement"
"""Name of the property in which the measuring test leaves its result."""

GROUP = "cluster"
SECONDS_TO_BUILD = 3600
"""For a test that may be the one to wait for the programs."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports: list[Any] = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == SCORE and report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests on the cluster to one worker: a control plane takes half a gigabyte and more than one core."""
    built = built_toolchain() is not None
    for item in items:
        if "tools" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(GROUP))
            if not built:
                item.add_marker(pytest.mark.timeout(SECONDS_TO_BUILD))


@pytest.fixture(scope="session")
def tools() -> Toolchain:
    """The programs, built by the first test that needs them."""
    try:
        return ready_toolchain()
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)
