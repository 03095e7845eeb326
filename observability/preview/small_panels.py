"""Panels of single values: one number with its course, and bars."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from observability.preview.dashboard_file import Field
from observability.preview.line_chart import runs
from observability.preview.palette import status
from observability.preview.prometheus_api import Series, Window
from observability.preview.units import show

MOST_BARS = 12
WORDS = {"green": ("●", "well"), "yellow": ("▲", "look"), "orange": ("▲", "look"), "red": ("■", "act")}
"""Sign and word beside a number, so that colour alone says nothing."""


def number(found: Sequence[tuple[str, Series]], field: Field, window: Window) -> str:
    """The last value, large, with its recent course below it."""
    last = next((series for _, series in found if series.points), None)
    if last is None:
        return f'<p class="missing">{escape(field.missing)}</p>'
    value = last.points[-1][1]
    color = field.color(value)
    sign = ""
    if color in WORDS:
        mark, word = WORDS[color]
        sign = f'<span class="sign" style="color:{status(color)}">{mark}<em>{word}</em></span>'
    return (
        f'<div class="number"><strong>{escape(show(value, field.unit, field.decimals))}</strong>{sign}</div>'
        f"{course(last, window) if len(last.points) > 1 else ''}"
    )


def course(series: Series, window: Window) -> str:
    """The value over time, without axes."""
    values = [value for _, value in series.points]
    lowest, highest = min(values), max(values)
    height, width = 30, 200
    spread = highest - lowest
    points = dict(series.points)

    def place(time: float) -> tuple[float, float]:
        share = (points[time] - lowest) / spread if spread else 0.5
        return (time - window.start) / (window.end - window.start) * width, height - 3 - share * (height - 6)

    shapes: list[str] = []
    for run in runs(points, window.step):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, run))
        first, last = place(run[0])[0], place(run[-1])[0]
        shapes.append(
            f'<polygon class="wash" points="{first:.1f},{height} {path} {last:.1f},{height}"/>'
            f'<polyline class="thin" points="{path}"/>'
        )
    return (
        f'<svg class="course" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(shapes)}</svg>"
    )


def bars(found: Sequence[tuple[str, Series]], field: Field) -> str:
    """Horizontal bars from a shared zero, with the values at their ends."""
    values = [(name, series.points[-1][1]) for name, series in found if series.points]
    if not values:
        return f'<p class="missing">{escape(field.missing)}</p>'
    largest = field.largest if field.largest is not None else max(value for _, value in values)
    rows = "".join(
        f'<div class="bar"><span class="name" title="{escape(name)}">{escape(name)}</span>'
        f'<span class="track"><i style="width:{100 * max(0.0, min(1.0, value / largest if largest else 0)):.1f}%;'
        f'background:{status(field.color(value) or "blue")}"></i></span>'
        f"<b>{escape(show(value, field.unit, field.decimals))}</b></div>"
        for name, value in values[:MOST_BARS]
    )
    more = f'<p class="more">and {len(values) - MOST_BARS} more</p>' if len(values) > MOST_BARS else ""
    return f'<div class="bars">{rows}</div>{more}'
