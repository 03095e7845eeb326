"""The preview's server answers with pages that their variables change, and says what it can't show."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from observability.preview.dashboard_file import DashboardFile
from observability.preview.local_server import serving
from observability.preview.prometheus_api import PrometheusApi
from observability.preview.site import Site, server

pytestmark = pytest.mark.xdist_group("dashboards")


@pytest.fixture
def address(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> Iterator[str]:
    yield from served(Site(day, boards), end)


@pytest.fixture
def lost(nobody: str, boards: list[DashboardFile]) -> Iterator[str]:
    """A server whose Prometheus is not there."""
    yield from served(Site(PrometheusApi(nobody), boards))


def served(site: Site, end: float = 0) -> Iterator[str]:
    with serving(server(site, 0, end)) as port:
        yield f"http://127.0.0.1:{port}"


def visit(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_first_page_leads_to_every_dashboard(address: str, boards: list[DashboardFile]) -> None:
    status, text = visit(address)
    assert status == 200
    for board in boards:
        assert f'href="{board.uid}.html"' in text


def test_a_variable_in_the_address_is_chosen(address: str, end: float) -> None:
    status, text = visit(f"{address}/llm-model.html?var-model=rerank&hours=3")
    assert status == 200
    assert '<option value="rerank" selected>rerank</option>' in text
    assert '<option value="3" selected>3 h</option>' in text
    start, stop = (datetime.fromtimestamp(time, UTC) for time in (end - 3 * 3600, end))
    assert f"{start:%d %b %H:%M} to {stop:%d %b %H:%M} UTC" in text


@pytest.mark.parametrize("path", ["/nothing.html", "/../pyproject.toml", "/llm-model.html/more"])
def test_other_pages_are_not_found(address: str, path: str) -> None:
    assert visit(address + path)[0] == 404


@pytest.mark.parametrize("hours", ["inf", "nan", "-1", "soon"])
def test_an_impossible_length_of_time_is_said(address: str, hours: str) -> None:
    status, text = visit(f"{address}/llm-cost.html?hours={hours}")
    assert status == 502
    assert "Not shown" in text


def test_a_prometheus_that_is_not_there_is_said(lost: str) -> None:
    status, text = visit(f"{lost}/llm-cost.html")
    assert status == 502
    assert "does not answer" in text
