"""Prometheus that tells what it is asked for, and the dashboards' files."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from observability.catalogue import metrics_by_series_name
from observability.dashboards.__main__ import FOLDER
from observability.preview.dashboard_file import DashboardFile
from observability.preview.site import boards_in
from tests.observability.dashboards.asked_selectors import Asked, asking


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A Prometheus that tells which series a query asks for."""
    with asking(tmp_path_factory.mktemp("asked")) as found:
        yield found


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens, nor begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="session")
def boards() -> list[DashboardFile]:
    """Every dashboard as it is deployed."""
    return boards_in(FOLDER)


@pytest.fixture(scope="session")
def known() -> dict[str, set[str]]:
    """Labels of every metric in the metric catalogue, raw and recorded."""
    return {name: set(found.labels) for name, found in metrics_by_series_name().items()}
