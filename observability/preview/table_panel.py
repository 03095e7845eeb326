"""Tables as Grafana makes them: instant queries as tables, merged by their labels, columns named and ordered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from observability.preview.dashboard_file import Field, Panel
from observability.preview.palette import status
from observability.preview.prometheus_api import Series
from observability.preview.units import show

Cell = str | float
Row = dict[str, Cell]
Linked = Callable[[str, str], str | None]
"""Address for one of Grafana's addresses and a cell's text; None where the page has no such target."""
KNOWN = {"merge", "organize"}
DASHBOARD_LINK = re.compile(r"/d/(?P<uid>[\w-]+)\?.*var-(?P<variable>\w+)=\$\{__value\.text\}")


def rows_of(results: Mapping[str, Sequence[Series]]) -> list[Row]:
    """Rows merged by equal labels: what Grafana's transformation `merge` does with tables of one time."""
    merged: dict[tuple[tuple[str, str], ...], Row] = {}
    for ref, found in results.items():
        # Grafana calls the value of a panel's only query just Value.
        name = "Value" if len(results) == 1 else f"Value #{ref}"
        for series in found:
            if series.points:
                key = tuple(sorted(series.labels.items()))
                merged.setdefault(key, dict(key))[name] = series.points[-1][1]
    return list(merged.values())


def organized(panel: Panel, rows: Sequence[Row]) -> tuple[list[str], list[Row]]:
    """Columns in their order and with their names, and the rows sorted."""
    options: Mapping[str, Mapping[str, object]] = {}
    for transformation in panel.transformations:
        if transformation["id"] not in KNOWN:
            raise ValueError(f"{panel.title}: transformation {transformation['id']} is not understood")
        if transformation["id"] == "organize":
            options = transformation["options"]
    hidden = {name for name, yes in options.get("excludeByName", {}).items() if yes}
    order = {name: int(str(place)) for name, place in options.get("indexByName", {}).items()}
    titles = {name: str(title) for name, title in options.get("renameByName", {}).items()}
    there = {name for row in rows for name in row} - hidden
    names = sorted(there, key=lambda name: (order.get(name, len(order)), name))
    shown = [{titles.get(name, name): row[name] for name in names if name in row} for row in rows]
    if panel.sort:
        column, descending = panel.sort
        shown.sort(key=lambda row: as_number(row.get(column)), reverse=descending)
    return [titles.get(name, name) for name in names], shown


def as_number(cell: Cell | None) -> float:
    """A cell for sorting; an empty one comes last from the largest down."""
    return cell if isinstance(cell, float) else float("-inf")


def draw(panel: Panel, results: Mapping[str, Sequence[Series]], linked: Linked) -> str:
    """The table, with links and colours of its columns."""
    columns, rows = organized(panel, rows_of(results))
    if not rows:
        return '<p class="missing">nothing to show</p>'
    numeric = {column for column in columns if any(isinstance(row.get(column), float) for row in rows)}
    head = "".join(f'<th class="{"amount" if c in numeric else ""}">{escape(c)}</th>' for c in columns)
    body = "".join(
        "<tr>"
        + "".join(cell(row.get(column), panel.overrides.get(column, panel.field), linked) for column in columns)
        + "</tr>"
        for row in rows
    )
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(value: Cell | None, field: Field, linked: Linked) -> str:
    """One cell: a number in its unit and colour, or a name with its link."""
    if value is None:
        return "<td></td>"
    if not isinstance(value, str):
        color = field.color(value) if field.by_threshold else None
        dot = f'<i class="dot" style="background:{status(color)}"></i>' if color and color != "text" else ""
        return f'<td class="amount">{dot}{escape(show(value, field.unit, field.decimals))}</td>'
    text = escape(value)
    for link in field.links:
        address = linked(link, value)
        if address:
            return f'<td><a href="{escape(address)}">{text}</a></td>'
    return f"<td>{text}</td>"
