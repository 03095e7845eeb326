"""Colours as CSS variables: the page's style sheet says what they are in light and in dark."""

from __future__ import annotations

from collections.abc import Sequence

SERIES_COLORS = 8
STATUS = {
    "green": "good",
    "yellow": "warning",
    "orange": "serious",
    "red": "critical",
    "blue": "accent",
    "text": "ink",
}
"""Grafana's names of colours, by what our dashboards mean with them."""


def status(color: str) -> str:
    """The CSS colour for one of Grafana's names."""
    if color not in STATUS:
        raise ValueError(f"no colour is called {color}; there are {', '.join(STATUS)}")
    return f"var(--{STATUS[color]})"


def series_colors(names: Sequence[str]) -> dict[str, str]:
    """A colour for each series, in the order of their names; from the ninth on all are grey."""
    return {
        name: f"var(--series-{index + 1})" if index < SERIES_COLORS else "var(--series-rest)"
        for index, name in enumerate(sorted(set(names)))
    }
