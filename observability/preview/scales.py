"""Axes: where the ticks go."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
TIME_STEPS = (MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
              DAY, 2 * DAY, 7 * DAY)  # fmt: skip
DURATION_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY)


def value_ticks(lowest: float, highest: float, wanted: int, unit: str) -> list[float]:
    """Round values that enclose the two, about `wanted` of them."""
    if highest <= lowest:
        highest = lowest + (abs(lowest) or 1)
    rough = (highest - lowest) / max(1, wanted)
    step = round_step(rough, unit)
    first = math.floor(lowest / step + 1e-9)
    last = math.ceil(highest / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def round_step(rough: float, unit: str) -> float:
    """1, 2, 2.5 or 5 times a power of ten; a power of two for bytes; a usual length of time."""
    if unit == "s" and rough >= 1:
        return next((step for step in DURATION_STEPS if step >= rough), math.ceil(rough / (7 * DAY)) * 7 * DAY)
    if unit == "bytes":
        return 2.0 ** math.ceil(math.log2(rough))
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(m for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))


def time_ticks(start: float, end: float, wanted: int) -> list[tuple[float, str]]:
    """Round times in UTC with their labels; a day's first tick carries the date where the window is longer than one."""
    step = next((s for s in TIME_STEPS if (end - start) / s <= wanted), 14 * DAY)
    ticks: list[tuple[float, str]] = []
    time = math.ceil(start / step) * step
    while time <= end:
        moment = datetime.fromtimestamp(time, UTC)
        midnight = moment.hour == 0 and moment.minute == 0
        ticks.append((time, moment.strftime("%d %b") if step >= DAY or midnight else moment.strftime("%H:%M")))
        time += step
    return ticks
