"""Values as people read them, in Grafana's units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

THOUSAND = 1000
CENTS, WITH_CENTS = 2, 100
SHORT = ("", "K", "M", "B", "T")
BYTES = (" B", " KiB", " MiB", " GiB", " TiB", " PiB")
WATTS = (" W", " kW", " MW", " GW")
SECONDS = ((604800.0, "week"), (86400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
DIGITS = 3
"""Digits that count, where nobody asked for a number of decimals."""


def dollars(value: float, decimals: int | None) -> str:
    """Thousands are shortened and keep one digit; cents stand below a hundred, but not on an axis' round values."""
    if abs(value) >= THOUSAND:
        decimals = 1
    elif decimals is None and value != int(value):
        decimals = CENTS if abs(value) < WITH_CENTS else 0
    return f"{'-' if value < 0 else ''}${scaled(abs(value), THOUSAND, SHORT, decimals)}"


def number(value: float, decimals: int | None) -> str:
    """A plain number: as many decimals as asked for, else three digits that count."""
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if value == int(value):
        return f"{value:,.0f}"
    decimals = min(6, max(0, DIGITS - 1 - math.floor(math.log10(abs(value)))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value: float, factor: float, names: Sequence[str], decimals: int | None) -> str:
    """The value in the largest unit that leaves at least 1."""
    power = 0
    while abs(value) >= factor and power < len(names) - 1:
        value /= factor
        power += 1
    return f"{number(value, decimals)}{names[power]}"


def seconds(value: float, decimals: int | None) -> str:
    """A duration in the largest unit that leaves at least 1."""
    for size, name in SECONDS:
        if abs(value) >= size:
            amount = number(value / size, decimals)
            plural = "s" if name in ("week", "day") and amount != "1" else ""
            return f"{amount} {name}{plural}"
    return f"{value:.0g} s"


UNITS: dict[str, Callable[[float, int | None], str]] = {
    "none": number,
    "percent": lambda value, decimals: f"{number(value, decimals)} %",
    "percentunit": lambda value, decimals: f"{number(value * 100, decimals)} %",
    "s": seconds,
    "bytes": lambda value, decimals: scaled(value, 1024, BYTES, decimals),
    "watt": lambda value, decimals: scaled(value, THOUSAND, WATTS, decimals),
    "celsius": lambda value, decimals: f"{number(value, decimals)} °C",
    "currencyUSD": dollars,
    "reqps": lambda value, decimals: f"{scaled(value, THOUSAND, SHORT, decimals)} req/s",
    "short": lambda value, decimals: scaled(value, THOUSAND, SHORT, decimals),
}


def show(value: float, unit: str, decimals: int | None = None) -> str:
    """The value with its unit."""
    return UNITS[unit](value, decimals)
