"""Every panel is drawn from what a real Prometheus answers; tables, links and faults are as in Grafana."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from observability.preview import line_chart, table_panel
from observability.preview.dashboard_file import DashboardFile, Field, Panel
from observability.preview.page import dashboard_page
from observability.preview.prometheus_api import PrometheusApi, QueryError, Series, Window
from observability.preview.render import choose
from observability.preview.site import Site

HOURS = 24
"""The whole day."""
pytestmark = pytest.mark.xdist_group("dashboards")

WINDOW = Window(0, 600, 60)


def page(
    day: PrometheusApi, end: float, board: DashboardFile, boards: list[DashboardFile], *, live: bool = False
) -> str:
    addresses = {other.uid: f"{other.uid}.html" for other in boards} | {"index": "index.html"}
    return dashboard_page(choose(day, board, end, HOURS, {}), boards, addresses, "light", live=live)


def test_every_panel_of_every_dashboard_is_drawn(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    for board in boards:
        text = page(day, end, board, boards)
        assert 'class="fault"' not in text, board.title
        for section in re.findall(r'<section class="panel.*?</section>', text, re.DOTALL):
            title = re.search(r"<h3[^>]*>(.*?)</h3>", section)
            assert title is not None
            assert 'class="missing"' not in section, f"{board.title}: {title[1]} shows nothing of a full day"
        assert text.count('<section class="panel') == sum(panel.kind != "row" for panel in board.panels)


def test_a_refused_query_shows_in_its_own_panel(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    board = boards[0]
    broken = next(panel for panel in board.panels if panel.kind == "timeseries")
    targets = [replace(broken.targets[0], expr="sum(")]
    panels = [replace(panel, targets=targets) if panel is broken else panel for panel in board.panels]
    text = page(day, end, replace(board, panels=panels), boards)
    assert text.count('class="fault"') == 1
    assert "parse error" in text


def test_a_prometheus_that_is_not_there_is_said(nobody: str) -> None:
    with pytest.raises(QueryError, match="does not answer"):
        PrometheusApi(nobody).instant("up", 0)


def test_alerts_are_shown_with_when_they_fired(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    text = Site(day, boards).page("index", end, None, {}, live=False)
    assert text is not None
    row = re.search(r"<tr><td>GpuXidFatal</td>.*?</tr>", text)
    assert row is not None
    step = 600  # seconds between two points of the page's window
    began = end - 14.5 * 3600  # hour 9.5
    times = [f"{datetime.fromtimestamp(began + late, UTC):%d %b %H:%M}" for late in range(0, step + 61, 60)]
    assert any(f"<td>critical</td><td>platform</td><td>{time}</td>" in row[0] for time in times), row[0]


def test_there_is_no_page_of_an_unknown_dashboard(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    assert Site(day, boards).page("nothing", end, None, {}, live=False) is None


def test_a_link_carries_the_row_it_stands_in(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    overview = next(board for board in boards if board.uid == "llm-platform-overview")
    assert 'href="llm-model.html?var-model=chat-70b"' in page(day, end, overview, boards, live=True)
    assert 'href="llm-model.html"' in page(day, end, overview, boards)


def one(value: float, **labels: str) -> Series:
    return Series(labels, [(0.0, float(value))])


def table(kind: str, titles: dict[str, str], sort: tuple[str, bool] | None = None) -> Panel:
    order = {name: place for place, name in enumerate(["team", *titles])}
    options = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": titles}
    steps = [{"id": "merge", "options": {}}, {"id": kind, "options": options}]
    return Panel(1, "table", "T", "", 0, 0, 12, 8, [], Field(), {}, steps, sort)


def test_a_table_merges_rows_of_equal_labels() -> None:
    panel = table("organize", {"Value #A": "Spent", "Value #B": "Idle"}, ("Spent", True))
    results = {"A": [one(1, team="a"), one(5, team="b")], "B": [one(2, team="b"), one(3, team="c")]}
    columns, rows = table_panel.organized(panel, table_panel.rows_of(results))
    assert columns == ["team", "Spent", "Idle"]
    assert rows == [{"team": "b", "Spent": 5, "Idle": 2}, {"team": "a", "Spent": 1}, {"team": "c", "Idle": 3}]


def test_the_value_of_an_only_query_has_no_letter() -> None:
    assert table_panel.rows_of({"A": [one(1, team="a")]}) == [{"team": "a", "Value": 1}]


def test_an_unknown_transformation_is_a_fault() -> None:
    with pytest.raises(ValueError, match="groupBy is not understood"):
        table_panel.organized(table("groupBy", {}), [])


def test_labels_cannot_bring_markup() -> None:
    evil = "<script>alert(1)</script>"
    drawn = table_panel.draw(table("organize", {}), {"A": [one(1, team=evil)]}, lambda _, __: None)
    drawn += line_chart.draw([(evil, one(1))], Field(), WINDOW, 400, 200, [line_chart.Mark(60, evil)])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_gap_breaks_a_line() -> None:
    points = dict.fromkeys((0.0, 60.0, 240.0, 300.0), 1.0)
    assert line_chart.runs(points, 60) == [[0, 60], [240, 300]]


def test_stacked_series_lie_on_each_other() -> None:
    edges = line_chart.stacked({"b": {0: 2.0, 60: 3.0}, "a": {0: 1.0}})
    assert edges == {"a": {0: 1.0, 60: 0.0}, "b": {0: 3.0, 60: 3.0}}
