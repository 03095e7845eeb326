"""Values, ticks and colours as people read them."""

from __future__ import annotations

import pytest

from observability.preview.dashboard_file import Field
from observability.preview.palette import SERIES_COLORS, series_colors
from observability.preview.scales import time_ticks, value_ticks
from observability.preview.units import show

DAY = 86400


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.1234, "percentunit", 1, "12.3 %"),
        (1.0, "percentunit", None, "100 %"),
        (0.0321, "s", None, "32.1 ms"),
        (75.0, "s", None, "1.25 min"),
        (86400.0, "s", None, "1 day"),
        (2 * 86400.0, "s", None, "2 days"),
        (0.0, "s", None, "0 s"),
        (1536.0, "bytes", None, "1.5 KiB"),
        (26750.0, "watt", 1, "26.8 kW"),
        (81.4, "celsius", None, "81.4 °C"),
        (55.04, "currencyUSD", None, "$55.04"),
        (60.0, "currencyUSD", None, "$60"),
        (297.3, "currencyUSD", 0, "$297"),
        (216800.0, "currencyUSD", 0, "$216.8K"),
        (-3.5, "currencyUSD", 2, "-$3.50"),
        (12500.0, "short", None, "12.5K"),
        (12500.0, "none", None, "12,500"),
        (0.00042, "short", None, "0.00042"),
        (42.0, "reqps", None, "42 req/s"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert show(value, unit, decimals) == text


@pytest.mark.parametrize(
    ("lowest", "highest", "unit", "ticks"),
    [
        (0, 1, "percentunit", [0, 0.25, 0.5, 0.75, 1]),
        (0, 317, "reqps", [0, 100, 200, 300, 400]),
        (0, 0, "none", [0, 0.25, 0.5, 0.75, 1]),
        (-3, 5, "short", [-4, -2, 0, 2, 4, 6]),
        (0, 90, "s", [0, 30, 60, 90]),
        (0, 3 * 1024**3, "bytes", [0, 1024**3, 2 * 1024**3, 3 * 1024**3]),
    ],
)
def test_ticks_are_round_and_enclose_all_values(lowest: float, highest: float, unit: str, ticks: list[float]) -> None:
    assert value_ticks(lowest, highest, 4, unit) == pytest.approx(ticks)


def test_times_are_round_and_midnight_is_a_date() -> None:
    ticks = time_ticks(DAY - 7200, DAY + 7200, 4)
    assert [text for _, text in ticks] == ["22:00", "23:00", "02 Jan", "01:00", "02:00"]
    assert ticks[2][0] == DAY


def test_a_series_keeps_its_colour_when_another_goes() -> None:
    assert series_colors(["b", "a", "c"])["a"] == series_colors(["a"])["a"]


def test_beyond_the_palette_all_are_grey() -> None:
    names = [f"{number:02}" for number in range(SERIES_COLORS + 2)]
    colors = series_colors(names)
    assert len({colors[name] for name in names[:SERIES_COLORS]}) == SERIES_COLORS
    assert {colors[name] for name in names[SERIES_COLORS:]} == {"var(--series-rest)"}


def test_thresholds_colour_from_their_value_on() -> None:
    field = Field(steps=[(None, "green"), (1, "yellow"), (5, "red")])
    assert [field.color(value) for value in (0, 1, 4.9, 5)] == ["green", "yellow", "yellow", "red"]
