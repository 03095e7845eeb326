"""An incident of the day, and the alerts that the rules have to make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

Hours = tuple[float, float]
"""From and to, in hours of the day."""
STILL = (24.0, math.inf)
"""Of an alert that still fires when the day is over."""


@dataclass(frozen=True)
class Expected:
    """An alert that fires once, or once for each of several things."""

    alert: str
    begins: Hours
    """Between which hours it starts to fire."""
    ends: Hours
    """Between which hours it no longer does."""
    about: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that it carries, among others."""
    times: int = 1
    """How many things it fires for."""


@dataclass(frozen=True, eq=False)
class Incident:
    """Something that goes wrong."""

    title: str
    text: str
    begins: float
    """Hour of the day."""
    ends: float
    alerts: tuple[Expected, ...]
