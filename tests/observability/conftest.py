"""One played day for all tests that look at one: `python -m rehearsal.observe`, run as a user would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from observability.preview.prometheus_api import PrometheusApi
from tests.observability.observed import SECONDS_TO_PLAY, Observed, observing


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests that look at the day to one worker."""
    for item in items:
        if "observed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("dashboards"))
            item.add_marker(pytest.mark.timeout(SECONDS_TO_PLAY))


@pytest.fixture(scope="session")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """The command with its page, its Prometheus and what it said."""
    with observing(tmp_path_factory.mktemp("observed")) as found:
        yield found


@pytest.fixture(scope="session")
def day(observed: Observed) -> PrometheusApi:
    """A Prometheus that saw the day."""
    return observed.prometheus


@pytest.fixture(scope="session")
def end(observed: Observed) -> float:
    """When the day ended; the Prometheus goes on."""
    return observed.end
