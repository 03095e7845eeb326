"""Which alerts fired when: a lane for each, from Prometheus' own series ALERTS."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from observability.preview.band_panels import states
from observability.preview.dashboard_file import Field
from observability.preview.prometheus_api import PrometheusApi, Series, Window
from observability.preview.units import show

SEVERITIES = {"critical": 3, "warning": 2, "info": 1}
FIELD = Field(names={"3": ("critical", "red"), "2": ("warning", "yellow"), "1": ("info", "blue")})
WIDTH = 1590


def lanes(api: PrometheusApi, window: Window) -> str:
    """A lane for each alert, and a table of when each began and how long it fired; critical ones first."""
    found: list[tuple[str, int, Series]] = []
    query = 'max by (alertname, severity, owner) (ALERTS{alertstate="firing"})'
    for series in api.range(query, window):
        weight = SEVERITIES.get(series.labels.get("severity", ""), 1)
        points = [(time, float(weight)) for time, _ in series.points]
        name = f"{series.labels.get('alertname', '?')} → {series.labels.get('owner') or 'nobody'}"
        found.append((name, weight, Series(series.labels, points)))
    found.sort(key=lambda entry: (-entry[1], entry[2].points[0][0]))
    drawn = states([(name, series) for name, _, series in found], FIELD, window, WIDTH, len(found))
    rows = "".join(row(series, window) for _, _, series in found)
    table = (
        "<table><thead><tr><th>Alert</th><th>Severity</th><th>Owner</th><th>First fired (UTC)</th>"
        f'<th class="amount">Fired for</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    return (
        f'<section class="panel"><h3>Alerts that fired</h3>{drawn}</section>'
        f'<section class="panel" style="margin-top:12px"><h3>When</h3><div class="table">{table}</div></section>'
    )


def row(series: Series, window: Window) -> str:
    """One alert in the table."""
    first = datetime.fromtimestamp(series.points[0][0], UTC)
    names = [series.labels.get(name, "") for name in ("alertname", "severity", "owner")]
    cells = "".join(f"<td>{escape(text)}</td>" for text in names)
    length = show(len(series.points) * window.step, "s")
    return f'<tr>{cells}<td>{first:%d %b %H:%M}</td><td class="amount">{length}</td></tr>'
