"""The simulated cluster for tests: one control plane that they share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from rehearsal.cluster.control_plane import ControlPlane
from rehearsal.cluster.control_plane import control_plane as running_control_plane
from rehearsal.cluster.toolchain import Toolchain


@pytest.fixture(scope="session")
def control_plane(tools: Toolchain) -> Generator[ControlPlane]:
    """A control plane for all tests of a worker: make a namespace of your own in it, and remove your nodes."""
    with running_control_plane(tools, name="tests", disable_qps_limits=True) as plane:
        yield plane
