"""Lines and stacked areas as SVG, with what the page's script needs to show values under the pointer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from observability.preview.dashboard_file import Field
from observability.preview.palette import series_colors, status
from observability.preview.prometheus_api import Series, Window
from observability.preview.scales import time_ticks, value_ticks
from observability.preview.units import show

LEFT, RIGHT, TOP, BOTTOM = 58, 10, 8, 22
MOST_IN_LEGEND = 12


@dataclass(frozen=True)
class Mark:
    """A time at which something began, such as an alert."""

    time: float
    text: str


@dataclass(frozen=True)
class Plot:
    """The area that points are drawn in."""

    width: int
    height: int
    window: Window
    lowest: float
    highest: float

    def x(self, time: float) -> float:
        """Pixels from the left."""
        share = (time - self.window.start) / (self.window.end - self.window.start)
        return LEFT + share * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return self.height - BOTTOM - share * (self.height - TOP - BOTTOM)


def draw(
    found: Sequence[tuple[str, Series]], field: Field, window: Window, width: int, height: int, marks: Sequence[Mark]
) -> str:
    """The chart with its legend."""
    lines = {name: dict(series.points) for name, series in found if series.points}
    if not lines:
        return f'<p class="missing">{escape(field.missing)}</p>'
    colors = series_colors(list(lines))
    tops = stacked(lines) if field.stacked else lines
    plot = plotted(tops, field, window, width, height)
    layers = areas(tops, lines, colors, plot) if field.stacked else strokes(lines, colors, plot)
    limits = [start for start, _ in field.steps if start is not None] if field.limits_drawn else []
    values = hover(lines, colors, field, plot)
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" data-hover="{values}">'
        f"{grid(plot, field)}{''.join(layers)}{''.join(limit(value, plot) for value in limits)}"
        f"{''.join(flag(mark, plot) for mark in marks)}"
        f'<line class="cross" y1="{TOP}" y2="{height - BOTTOM}" x1="0" x2="0"/></svg>'
        f"{legend(colors)}"
    )


def plotted(lines: Mapping[str, Mapping[float, float]], field: Field, window: Window, width: int, height: int) -> Plot:
    """The plot whose axis holds every value and the field's own limits."""
    values = [value for points in lines.values() for value in points.values()]
    lowest = min(values) if field.smallest is None else min(field.smallest, *values)
    highest = max(values)
    if field.limits_drawn:
        # A limit far above all values would flatten them; it shows once they come near.
        highest = max([highest, *(start for start, _ in field.steps if start is not None and start <= 3 * highest)])
    if field.largest is not None and highest <= field.largest:
        highest = field.largest
    ticks = value_ticks(lowest, highest, 4, field.unit)
    return Plot(width, height, window, ticks[0], ticks[-1])


def stacked(lines: Mapping[str, Mapping[float, float]]) -> dict[str, dict[float, float]]:
    """Each series' upper edge on those before it; a series without a value at a time adds nothing there."""
    times = sorted({time for points in lines.values() for time in points})
    total = dict.fromkeys(times, 0.0)
    edges: dict[str, dict[float, float]] = {}
    for name in sorted(lines):
        total = {time: total[time] + lines[name].get(time, 0.0) for time in times}
        edges[name] = total
    return edges


def areas(
    tops: Mapping[str, Mapping[float, float]],
    lines: Mapping[str, Mapping[float, float]],
    colors: Mapping[str, str],
    plot: Plot,
) -> list[str]:
    """Stacked areas, each with its edge."""
    drawn: list[str] = []
    below: Mapping[float, float] = {}
    for name in sorted(lines):
        edge = tops[name]
        for run in runs(edge, plot.window.step):
            there = " ".join(f"{plot.x(t):.1f},{plot.y(edge[t]):.1f}" for t in run)
            back = " ".join(f"{plot.x(t):.1f},{plot.y(below.get(t, 0.0)):.1f}" for t in reversed(run))
            drawn.append(
                f'<polygon points="{there} {back}" fill="{colors[name]}" class="area"/>'
                f'<polyline points="{there}" stroke="{colors[name]}" class="line"/>'
            )
        below = edge
    return drawn


def strokes(lines: Mapping[str, Mapping[float, float]], colors: Mapping[str, str], plot: Plot) -> list[str]:
    """One line per series, broken where points are missing; a point alone is a dot."""
    drawn: list[str] = []
    for name in sorted(lines):
        for run in runs(lines[name], plot.window.step):
            points = [(plot.x(t), plot.y(lines[name][t])) for t in run]
            if len(points) == 1:
                drawn.append(f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2" fill="{colors[name]}"/>')
            else:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                drawn.append(f'<polyline points="{path}" stroke="{colors[name]}" class="line"/>')
    return drawn


def runs(points: Mapping[float, float], step: float) -> list[list[float]]:
    """Times without a gap between them."""
    found: list[list[float]] = []
    for time in sorted(points):
        if found and time - found[-1][-1] <= 1.5 * step:
            found[-1].append(time)
        else:
            found.append([time])
    return found


def grid(plot: Plot, field: Field) -> str:
    """Ticks of both axes."""
    parts: list[str] = []
    for value in value_ticks(plot.lowest, plot.highest, 4, field.unit):
        y = plot.y(value)
        text = escape(show(round(value, 12), field.unit))
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{plot.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{LEFT - 8}" y="{y + 3.5:.1f}" text-anchor="end">{text}</text>'
        )
    for time, text in time_ticks(plot.window.start, plot.window.end, max(3, plot.width // 80)):
        x = plot.x(time)
        if LEFT + 12 <= x <= plot.width - 20:
            parts.append(f'<text class="tick" x="{x:.1f}" y="{plot.height - 6}" text-anchor="middle">{text}</text>')
    bottom = plot.height - BOTTOM
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{plot.width - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    return "".join(parts)


def limit(value: float, plot: Plot) -> str:
    """The line that should not be crossed."""
    if not plot.lowest <= value <= plot.highest:
        return ""
    y = plot.y(value)
    right = plot.width - RIGHT
    return f'<line class="limit" stroke="{status("red")}" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'


def flag(mark: Mark, plot: Plot) -> str:
    """A line at the time, with a flag that names it."""
    x = plot.x(mark.time)
    return (
        f"<g><title>{escape(mark.text)}</title>"
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{plot.height - BOTTOM}"/>'
        f'<path class="flag" d="M{x - 4:.1f} {plot.height - BOTTOM + 6} h8 l-4 -6 z"/></g>'
    )


def legend(colors: Mapping[str, str]) -> str:
    """Names with their colours; a single series is named as well, since its title may not name it."""
    entries = [
        f'<span><i style="background:{color}"></i>{escape(name)}</span>'
        for name, color in list(colors.items())[:MOST_IN_LEGEND]
    ]
    if len(colors) > MOST_IN_LEGEND:
        entries.append(f"<span>and {len(colors) - MOST_IN_LEGEND} more</span>")
    return f'<div class="legend">{"".join(entries)}</div>'


def hover(lines: Mapping[str, Mapping[float, float]], colors: Mapping[str, str], field: Field, plot: Plot) -> str:
    """Values at each time, written out, as JSON in an attribute."""
    times = sorted({time for points in lines.values() for time in points})
    data = {
        "x": [round(plot.x(time), 1) for time in times],
        "time": times,
        "series": [
            {
                "name": name,
                "color": colors[name],
                "values": [show(lines[name][t], field.unit, field.decimals) if t in lines[name] else "" for t in times],
            }
            for name in sorted(lines)
        ],
    }
    return escape(json.dumps(data, separators=(",", ":")), quote=True)
