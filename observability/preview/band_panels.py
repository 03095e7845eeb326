"""Panels of bands over time: states in lanes, and a histogram's observations as a heat map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from observability.preview.dashboard_file import Field
from observability.preview.line_chart import runs
from observability.preview.palette import status
from observability.preview.prometheus_api import Series, Window
from observability.preview.scales import time_ticks
from observability.preview.units import show

LANE, AXIS, RIGHT, CHARACTER = 22, 22, 10, 6.2
MORE = 20
SHADES = 7


def states(found: Sequence[tuple[str, Series]], field: Field, window: Window, width: int, most: int) -> str:
    """A lane per series, in the colours of its states."""
    lanes = [(name, series) for name, series in found if series.points]
    if not lanes:
        return '<p class="missing">none in this time</p>'
    shown = lanes[:most]
    left = min(width // 2.5, 14 + CHARACTER * max(len(name) for name, _ in shown))
    height = LANE * len(shown) + AXIS
    parts: list[str] = []
    seen: dict[str, str] = {}
    for index, (name, series) in enumerate(shown):
        top = index * LANE
        text = name if len(name) * CHARACTER <= left else name[: int(left / CHARACTER) - 1] + "…"
        parts.append(f'<text class="lane" x="{left - 8:.0f}" y="{top + 15}" text-anchor="end">{escape(text)}</text>')
        parts.append(f'<rect class="bed" x="{left}" y="{top + 4}" width="{width - left - RIGHT}" height="{LANE - 8}"/>')
        for start, end, value in stretches(series, window):
            label, color = state(value, field)
            seen[label] = color
            x, right = place(start, window, left, width), place(end, window, left, width)
            parts.append(
                f'<rect x="{x:.1f}" y="{top + 4}" width="{max(2.0, right - x):.1f}" height="{LANE - 8}" rx="2" '
                f'fill="{color}"><title>{escape(f"{name}: {label}")}</title></rect>'
            )
    parts.append(times(window, left, width, height))
    more = f'<p class="more">and {len(lanes) - most} more</p>' if len(lanes) > most else ""
    entries = "".join(
        f'<span><i style="background:{color}"></i>{escape(label)}</span>' for label, color in sorted(seen.items())
    )
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'
        f'<div class="legend">{entries}</div>{more}'
    )


def fitting(height: float) -> int:
    """Lanes that a panel has room for, with the line that counts the others."""
    return max(1, int((height - AXIS - MORE) // LANE))


def stretches(series: Series, window: Window) -> list[tuple[float, float, float]]:
    """(from, to, value) of every time in which the value stayed the same; a point stands for its whole step."""
    points = dict(series.points)
    found: list[tuple[float, float, float]] = []
    for run in runs(points, window.step):
        for time in run:
            end = min(time + window.step, window.end)
            if found and found[-1][2] == points[time] and found[-1][1] >= time:
                found[-1] = (found[-1][0], end, points[time])
            else:
                found.append((time, end, points[time]))
    return found


def state(value: float, field: Field) -> tuple[str, str]:
    """Text and colour of a value."""
    key = str(int(value)) if value == int(value) else str(value)
    if field.names and key in field.names:
        text, color = field.names[key]
        return text, status(color)
    return show(value, field.unit, field.decimals), status(field.color(value) or "text")


def place(time: float, window: Window, left: float, width: int) -> float:
    """Pixels from the left."""
    return left + (time - window.start) / (window.end - window.start) * (width - left - RIGHT)


def times(window: Window, left: float, width: int, height: int) -> str:
    """The axis of time."""
    ticks = time_ticks(window.start, window.end, max(3, int(width - left) // 80))
    places = [(place(time, window, left, width), text) for time, text in ticks]
    return "".join(
        f'<text class="tick" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{text}</text>'
        for x, text in places
        if left + 12 <= x <= width - 20
    )


def heat(found: Sequence[tuple[str, Series]], unit: str, window: Window, width: int, height: int) -> str:
    """Observations between two bounds of a cumulative histogram, the darker the more."""
    bounds = sorted((float(series.labels["le"]), dict(series.points)) for _, series in found if series.points)
    if not bounds:
        return '<p class="missing">no data</p>'
    cells = differences(bounds)
    most = max((value for band in cells for value in band.values()), default=0)
    left, plot_height = 58, height - AXIS
    band_height = plot_height / len(bounds)
    parts: list[str] = []
    for index, ((bound, _), band) in enumerate(zip(bounds, cells, strict=True)):
        y = plot_height - (index + 1) * band_height
        if index % max(1, len(bounds) // 6) == 0:
            name = "∞" if math.isinf(bound) else show(bound, unit)
            parts.append(
                f'<text class="tick" x="{left - 8}" y="{max(y + 4, 9):.1f}" text-anchor="end">{escape(name)}</text>'
            )
        for time, value in band.items():
            if value > 0 and most > 0:
                shade = min(SHADES, 1 + int(math.sqrt(value / most) * SHADES))
                x = place(time, window, left, width)
                right = place(min(time + window.step, window.end), window, left, width)
                parts.append(
                    f'<rect class="heat-{shade}" x="{x:.1f}" y="{y + 0.5:.1f}" width="{max(1.0, right - x):.1f}" '
                    f'height="{max(1.0, band_height - 1):.1f}"/>'
                )
    parts.append(times(window, left, width, height))
    return f'<svg class="chart" viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'


def differences(bounds: Sequence[tuple[float, Mapping[float, float]]]) -> list[dict[float, float]]:
    """What lies between each bound and the one below it."""
    below: Mapping[float, float] = {}
    found: list[dict[float, float]] = []
    for _, counts in bounds:
        found.append({time: count - below.get(time, 0.0) for time, count in counts.items()})
        below = counts
    return found
