"""Thresholds for drift scores, calibrated on the reference itself: how often do they call like and like different?

Pairs of windows are drawn from the reference, so that nothing has drifted, and scored. A threshold is an upper bound
of the scores' (1 - rate) quantile: with n pairs, the k-th largest score, where k is the largest number for which the
chance that fewer than k of n scores lie above the true quantile is at most 5 %. So with confidence of 95 % the
threshold raises no more false alarms than the rate (S. S. Wilks, Determination of sample sizes for setting tolerance
limits, Annals of Mathematical Statistics 12, 1941). Nothing is assumed about the shape of the distribution. The rate
is shared among the methods: an alarm of any of them is an alarm.

Further pairs, which the thresholds have not seen, then measure the rate; windows that are shifted on purpose measure
which shift is found how often (the power).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from workloads.drift.methods import Matrix, Method, default_limit, score
from workloads.drift.windows import Sample

CONFIDENCE: Final = 0.95
RANK: Final = 2
"""Which of the largest scores becomes the threshold: 1 needs the fewest pairs, and is then often far too large."""
SHIFTS: Final = (0.02, 0.05, 0.1, 0.2, 0.4)
"""How far windows are shifted to measure power, in units of the reference's spread: its vectors' root mean square
distance from their mean."""
POWER_PAIRS: Final = 100
POWER: Final = 0.9
"""A shift counts as found where this share of shifted windows raises an alarm."""


class WindowCalibration(BaseModel):
    """What was found for windows of one size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: Annotated[int, Field(ge=2)]
    """Vectors in each of the two windows"""
    thresholds: dict[Method, float]
    """A score above it is an alarm"""
    pairs: int
    """Pairs of windows that the thresholds come from, and as many that measured them"""
    false_alarms: float
    """Share of the measuring pairs that raised an alarm, by any method"""
    false_alarms_at_most: float
    """Upper end of its 95 % confidence interval (Clopper and Pearson, one-sided)"""
    by_method: dict[Method, float]
    """Share of the measuring pairs that each method raised an alarm for"""
    by_default: dict[Method, float]
    """The same with Evidently's own limits, to compare"""
    power: dict[float, float]
    """Per shift, the share of shifted windows that raise an alarm"""

    def alarms(self, scores: dict[Method, float]) -> list[Method]:
        """Return the methods whose score is above its threshold."""
        return _above(scores, self.thresholds)

    @property
    def finds(self) -> float | None:
        """The smallest shift that is found with a power of at least 0.9; None where it is above all that were tried."""
        return min((shift for shift, power in self.power.items() if power >= POWER), default=None)


def calibrate_window(
    sample: Sample,
    window: int,
    methods: Sequence[Method],
    false_alarms: float,
    *,
    seed: int = 0,
    rank: int = RANK,
    power_pairs: int = POWER_PAIRS,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - does nothing
) -> WindowCalibration:
    """Return thresholds for windows of a size; the sample `holds_pair(window)`.

    `false_alarms` is the share of comparisons of like with like that may raise an alarm. The same sample, seed and
    versions of libraries give the same figures.
    """
    pairs = pairs_needed(false_alarms / len(methods), rank)
    total = 2 * pairs + len(SHIFTS) * power_pairs
    done = 0

    def scored(count: int, stream: int, shift: float = 0.0) -> Iterator[dict[Method, float]]:
        nonlocal done
        for number in range(count):
            random = np.random.default_rng((seed, window, stream, number))
            reference, current = sample.pair(window, random)
            moved = shifted(current, shift * spread, random) if shift else current
            yield {method: score(method, reference, moved) for method in methods}
            done += 1
            progress(done, total)

    spread = spread_of(sample.vectors)
    null = list(scored(pairs, 0))
    thresholds: dict[Method, float] = {
        method: sorted((one[method] for one in null), reverse=True)[rank - 1] for method in methods
    }
    alike = list(scored(pairs, 1))
    raised = sum(1 for scores in alike if _above(scores, thresholds))
    defaults: dict[Method, float] = {method: default_limit(method) for method in methods}
    return WindowCalibration(
        window=window,
        thresholds=thresholds,
        pairs=pairs,
        false_alarms=raised / pairs,
        false_alarms_at_most=upper_bound(raised, pairs),
        by_method={method: sum(one[method] > thresholds[method] for one in alike) / pairs for method in methods},
        by_default={method: sum(one[method] > defaults[method] for one in alike) / pairs for method in methods},
        power={
            shift: sum(1 for one in scored(power_pairs, 2 + number, shift) if _above(one, thresholds)) / power_pairs
            for number, shift in enumerate(SHIFTS)
        },
    )


def pairs_needed(rate: float, rank: int = RANK) -> int:
    """Return the fewest pairs whose `rank`-th largest score bounds the (1 - rate) quantile with 95 % confidence.

    That is the smallest n with P(Binomial(n, rate) < rank) <= 0.05: 299 for a rate of 0.01 and the largest score.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate {rate}: needs to be between 0 and 1")
    low, high = 1, 2
    while _below(high, rate, rank) > 1 - CONFIDENCE:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _below(middle, rate, rank) > 1 - CONFIDENCE else (low, middle)
    return low


def upper_bound(hits: int, tries: int) -> float:
    """Return the upper end of the one-sided 95 % confidence interval of a share (Clopper and Pearson)."""
    low, high = hits / tries, 1.0
    for _ in range(60):  # halving: 60 times is more exact than a float
        middle = (low + high) / 2
        low, high = (middle, high) if _below(tries, middle, hits + 1) > 1 - CONFIDENCE else (low, middle)
    return high


def spread_of(vectors: Matrix) -> float:
    """Return the root mean square distance of vectors from their mean."""
    return float(np.sqrt(np.mean(np.sum((vectors - vectors.mean(axis=0)) ** 2, axis=1))))


def shifted(vectors: Matrix, distance: float, random: np.random.Generator) -> Matrix:
    """Return the vectors moved by a distance in a random direction, each with the length that it had."""
    direction = random.standard_normal(vectors.shape[1])
    moved = vectors + (distance / np.linalg.norm(direction)) * direction
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) / np.linalg.norm(moved, axis=1, keepdims=True)
    return (moved * lengths).astype(np.float32)


def _above(scores: dict[Method, float], limits: dict[Method, float]) -> list[Method]:
    return [method for method, value in scores.items() if value > limits[method]]


def _below(tries: int, rate: float, hits: int) -> float:
    """Return P(Binomial(tries, rate) < hits)."""
    if rate >= 1:
        return 0.0 if hits <= tries else 1.0
    logs = (
        math.lgamma(tries + 1) - math.lgamma(k + 1) - math.lgamma(tries - k + 1)
        + (k * math.log(rate) if k else 0.0) + (tries - k) * math.log1p(-rate)
        for k in range(min(hits, tries + 1))
    )  # fmt: skip
    return min(1.0, sum(math.exp(value) for value in logs))
