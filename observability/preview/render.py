"""A dashboard's panels, asked for and drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from operator import itemgetter

from observability.preview import band_panels, line_chart, small_panels, table_panel
from observability.preview.dashboard_file import DashboardFile, Panel, Target
from observability.preview.interpolation import Values, interpolate, offered
from observability.preview.prometheus_api import PrometheusApi, QueryError, Series, Window
from observability.preview.table_panel import Linked

COLUMN, ROW, GAP, TITLE, PADDING = 56, 30, 12, 50, 14
"""Pixels: a column and a row of Grafana's grid, what lies between panels, a panel's title, and its inner edge."""
LEGEND = 44
POINTS = 240
"""Points across a window: about two pixels of a panel of half the page's width."""


@dataclass(frozen=True)
class Chosen:
    """A dashboard with a window and the values of its variables."""

    api: PrometheusApi
    board: DashboardFile
    window: Window
    options: Mapping[str, Sequence[str]]
    values: Values

    def ask(self, target: Target) -> list[Series]:
        """The series of one query."""
        query = interpolate(target.expr, self.board.variables, self.values, self.window)
        return self.api.instant(query, self.window.end) if target.instant else self.api.range(query, self.window)


def choose(
    api: PrometheusApi, board: DashboardFile, end: float, hours: float | None, asked: Mapping[str, Sequence[str]]
) -> Chosen:
    """The dashboard with its own length of time unless another is asked for."""
    length = (hours or board.hours) * 3600
    step = max(30.0, round(length / POINTS / 30) * 30)
    window = Window(end - length, end, step)
    return Chosen(api, board, window, *offered(api, board.variables, asked, window))


def panels(chosen: Chosen, linked: Linked) -> str:
    """All panels in their places."""
    began = [
        line_chart.Mark(series.points[0][0], series.labels.get("alertname", ""))
        for query in chosen.board.annotations
        for series in chosen.api.range(query, chosen.window)
        if series.points and series.points[0][0] > chosen.window.start
    ]
    return "".join(
        heading(panel) if panel.kind == "row" else framed(panel, chosen, began, linked) for panel in chosen.board.panels
    )


def heading(panel: Panel) -> str:
    """A row's title."""
    return f'<h2 style="{placed(panel)}">{escape(panel.title)}</h2>'


def placed(panel: Panel) -> str:
    """The panel's place on the page's grid."""
    return f"grid-column:{panel.x + 1}/span {panel.width};grid-row:{panel.y + 1}/span {panel.height};"


def framed(panel: Panel, chosen: Chosen, marks: Sequence[line_chart.Mark], linked: Linked) -> str:
    """A panel with title and description; a query that fails says so in its own frame."""
    try:
        inside = drawn(panel, chosen, marks, linked)
    except QueryError as error:
        inside = f'<p class="fault">{escape(str(error))}</p>'
    return (
        f'<section class="panel {panel.kind}" id="panel-{panel.identity}" style="{placed(panel)}">'
        f'<h3 title="{escape(panel.description)}">{escape(panel.title)}</h3>{inside}</section>'
    )


def drawn(panel: Panel, chosen: Chosen, marks: Sequence[line_chart.Mark], linked: Linked) -> str:
    """A panel's inside."""
    results = {target.ref: chosen.ask(target) for target in panel.targets}
    if panel.kind == "table":
        return table_panel.draw(panel, results, linked)
    found = [(named(target, series), series) for target in panel.targets for series in results[target.ref]]
    width = panel.width * COLUMN + (panel.width - 1) * GAP - 2 * PADDING
    height = panel.height * ROW + (panel.height - 1) * GAP - TITLE - LEGEND
    match panel.kind:
        case "stat":
            return small_panels.number(found, panel.field, chosen.window)
        case "bargauge":
            return small_panels.bars(found, panel.field)
        case "timeseries":
            return line_chart.draw(found, panel.field, chosen.window, width, height, marks)
        case "state-timeline":
            return band_panels.states(
                sorted(found, key=itemgetter(0)), panel.field, chosen.window, width, band_panels.fitting(height)
            )
        case "heatmap":
            return band_panels.heat(found, "s", chosen.window, width, height + LEGEND // 2)
        case _:
            raise ValueError(f"{panel.title}: panels of type {panel.kind} are not drawn")


def named(target: Target, series: Series) -> str:
    """A series' name after Grafana's template, or its labels where there is none."""
    if not target.legend:
        return ", ".join(f"{name}={value}" for name, value in sorted(series.labels.items())) or "value"
    text = re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: series.labels.get(match[1], ""), target.legend)
    return text.strip() or "(none)"
