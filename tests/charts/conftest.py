"""The helm that the project builds, and the chart rendered with it."""

from pathlib import Path

import pytest

from rehearsal.cluster import toolchain
from tests.charts.rendering import Chart


@pytest.fixture(scope="session")
def helm() -> Path:
    """The toolchain's helm; built once and kept, so that only a first run waits for it."""
    return toolchain.ready_toolchain().helm


@pytest.fixture(scope="session")
def chart(helm: Path) -> Chart:
    """charts/model-server, ready to be rendered."""
    return Chart(helm)
