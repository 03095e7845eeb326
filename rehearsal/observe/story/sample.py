"""What an exporter tells of one moment: samples, of which counters are told as what they rise by in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

Labels = Mapping[str, str]


class Sample(NamedTuple):
    """One series at one moment."""

    name: str
    labels: Labels
    value: float
    per_second: bool = False
    """Whether the value is what a counter rises by in a second; the page adds it up."""
    limit: str = ""
    """Label `le` of a histogram's bucket."""


def rising(name: str, labels: Labels, per_second: float) -> Sample:
    """A counter that rises this fast now."""
    return Sample(name, labels, per_second, per_second=True)


def histogram(
    name: str, labels: Labels, limits: Sequence[str], rate: float, mean: float, below: Callable[[float], float]
) -> Iterator[Sample]:
    """A histogram that gets `rate` observations a second, of which `below(limit)` is the share up to a limit."""
    for limit in limits:
        yield Sample(f"{name}_bucket", labels, rate * below(float(limit)), per_second=True, limit=limit)
    yield Sample(f"{name}_bucket", labels, rate, per_second=True, limit="+Inf")
    yield rising(f"{name}_sum", labels, rate * mean)
    yield rising(f"{name}_count", labels, rate)
