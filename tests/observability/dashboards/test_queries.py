"""Every query parses and asks only for metrics and labels that there are, as Prometheus itself says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from observability.preview.dashboard_file import DashboardFile
from observability.preview.interpolation import interpolate
from observability.preview.prometheus_api import PrometheusApi, QueryError, Window
from observability.preview.render import choose
from tests.observability.dashboards.asked_selectors import Asked, Matcher, metric

pytestmark = pytest.mark.xdist_group("dashboards")

WINDOW = Window(0, 3600, 60)
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
LABELLED = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def queries(boards: list[DashboardFile]) -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query with all of every variable."""
    for board in boards:
        for panel in board.panels:
            for target in panel.targets:
                yield f"{board.uid}: {panel.title}", interpolate(target.expr, board.variables, {}, WINDOW)
        for annotation in board.annotations:
            yield f"{board.uid}: annotation", annotation
        for variable in board.variables:
            query = interpolate(variable.query, board.variables, {}, WINDOW)
            selector = query.removeprefix("label_values(").rpartition(",")[0]
            yield f"{board.uid}: ${variable.name}", selector


def test_prometheus_says_what_a_query_asks_for(asked: Asked) -> None:
    found = asked.selectors(
        'sum by (a) (rate(one_total{b!~"x.*", c="d"}[5m])) / on (a) group_left () two:three{e!="f"}'
    )
    assert [metric(selector) for selector in found] == ["one_total", "two:three"]
    assert {m for m in found[0] if m.label != "__name__"} == {Matcher("b", "!~", "x.*"), Matcher("c", "=", "d")}


def test_a_query_that_does_not_parse_is_refused(asked: Asked) -> None:
    with pytest.raises(QueryError, match="parse error"):
        asked.selectors("sum by (team) (up")


def test_every_query_parses_and_asks_only_for_what_there_is(
    asked: Asked, boards: list[DashboardFile], known: dict[str, set[str]]
) -> None:
    faults: list[str] = []
    seen = 0
    for where, query in queries(boards):
        labels_of_all: set[str] = set()
        for selector in asked.selectors(query):
            seen += 1
            name = metric(selector)
            if name not in known:
                faults.append(f"{where}: there is no metric {name}")
                continue
            labels_of_all |= known[name]
            faults += [
                f"{where}: {name} has no label {matcher.label}"
                for matcher in selector
                if matcher.label not in {"__name__", *known[name]}
            ]
        grouped = {label.strip() for labels in GROUPING.findall(query) for label in labels.split(",") if label.strip()}
        faults += [f"{where}: nothing in the query has a label {label}" for label in grouped - labels_of_all]
    assert seen > 150
    assert not faults, "\n".join(sorted(set(faults)))


def test_names_of_series_use_labels_that_the_query_keeps(
    day: PrometheusApi, end: float, boards: list[DashboardFile]
) -> None:
    for board in boards:
        chosen = choose(day, board, end, None, {})
        for panel in board.panels:
            for target in panel.targets:
                wanted = set(LABELLED.findall(target.legend))
                for series in chosen.ask(target):
                    # An empty label is no label: a job without a model, a GPU that nobody holds.
                    missing = wanted - set(series.labels) - {"team", "model"}
                    assert not missing, f"{board.title}: {panel.title}: {missing}"


def test_series_of_a_panel_have_different_names(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    for board in boards:
        chosen = choose(day, board, end, None, {})
        for panel in board.panels:
            if panel.kind in ("table", "row"):
                continue
            for target in panel.targets:
                found = chosen.ask(target)
                named = LABELLED.findall(target.legend)
                names = {tuple(series.labels.get(label, "") for label in named) for series in found}
                assert len(names) == len(found), f"{board.title}: {panel.title}"
                if panel.kind == "stat":
                    assert len(found) <= 1, f"{board.title}: {panel.title} is one number of {len(found)}"
