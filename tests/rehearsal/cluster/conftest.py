"""The simulated cluster for tests: its programs, and one control plane that they share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from rehearsal.cluster.control_plane import ControlPlane
from rehearsal.cluster.control_plane import control_plane as running_control_plane
from rehearsal.cluster.toolchain import Toolchain, ToolchainError, built_toolchain, ready_toolchain

GROUP = "cluster"
FIXTURES = {"tools", "control_plane"}
SECONDS_TO_BUILD = 3600
"""For a test that may be the one to wait for the programs."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests on the cluster to one worker: a control plane takes half a gigabyte and more than one core."""
    built = built_toolchain() is not None
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
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


@pytest.fixture(scope="session")
def control_plane(tools: Toolchain) -> Generator[ControlPlane]:
    """A control plane for all tests of a worker: make a namespace of your own in it, and remove your nodes."""
    with running_control_plane(tools, name="tests", disable_qps_limits=True) as plane:
        yield plane
