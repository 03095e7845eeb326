"""An alarm of CloudWatch, as data: what is watched, from where on it is too much, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi

from components.alert_topics import Severity

Comparison = Literal["above", "below"]
MissingData = Literal["breaching", "notBreaching", "ignore", "missing"]

OPERATORS: Final[Mapping[Comparison, str]] = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A metric in per cent of the sum of others, all with the alarm's namespace and dimensions."""

    of: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm: `periods` of `period_seconds` each, of which all but a few are beyond the threshold."""

    kind: str
    """Name of its page in docs/runbooks, such as `DatabaseCpuHigh`."""
    subject: str
    """What it is about, where there are several alarms of the kind; part of its name."""
    severity: Severity
    summary: str
    """One sentence with the threshold; CloudWatch adds the value that it saw."""
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    statistic: Literal["Average", "Maximum", "Minimum", "Sum", "SampleCount"]
    period_seconds: int
    periods: int
    periods_beyond: int | None = None
    """How many of them have to be beyond the threshold; None for all."""
    comparison: Comparison
    threshold: float
    missing: MissingData = "notBreaching"
    ratio: Ratio | None = None
