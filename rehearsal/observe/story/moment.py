"""A moment of the day, and how traffic and everything that shakes goes by the hour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from rehearsal.observe.story.incident import Incident

HOURS = 24


def hour_of(time: float, end: float) -> float:
    """Hours that a Unix time is after the beginning of the day with this end."""
    return HOURS + (time - end) / 3600


def time_of(hour: float, end: float) -> float:
    """Unix time of an hour of the day with this end."""
    return end + (hour - HOURS) * 3600


@dataclass(frozen=True)
class Moment:
    """One moment; the day ends at hour 24, whatever the clock says then."""

    time: float
    """Unix time."""
    end: float
    """Unix time of the day's end."""
    incidents: frozenset[Incident]
    """Those that happen in this day at all."""

    @property
    def hour(self) -> float:
        """Hours since the day began; below 0 before it, above 24 after it."""
        return hour_of(self.time, self.end)

    def at(self, hour: float) -> float:
        """Unix time of an hour of the day."""
        return time_of(hour, self.end)

    def during(self, incident: Incident) -> bool:
        """Whether an incident is going on."""
        return incident in self.incidents and incident.begins <= self.hour < incident.ends


def wave(hour: float) -> float:
    """Traffic by the hour, 0.16 to 1: little at night, most in the early afternoon."""
    return 0.16 + 0.84 * max(0.0, math.sin((hour % 24 - 5.5) / 17 * math.pi)) ** 1.4


def noise(key: str, hour: float, size: float = 1.0) -> float:
    """A few waves whose phases come from the key: the same every time, between -size and size."""
    seed = _seed(key)
    waves = math.sin(hour * 1.3 + seed) + 0.6 * math.sin(hour * 3.7 + seed * 1.7) + 0.3 * math.sin(hour * 17.3 + seed)
    return size * waves / 1.9


@cache
def _seed(key: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(key)) % 997
