"""Thresholds hold what they promise: measured on data that the calibration has not seen, of distributions we know.

Seeds are fixed, so that a test's outcome is. What this can't show is that an index's documents are independent of each
other, which is what the calibration assumes of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from tests.workloads.embedding.drift.clouds import cloud
from workloads.drift.calibration import (
    WindowCalibration,
    calibrate_window,
    pairs_needed,
    shifted,
    spread_of,
    upper_bound,
)
from workloads.drift.methods import Method, score
from workloads.drift.windows import Sample

pytestmark = pytest.mark.xdist_group("drift")


def fresh_alarms(found: WindowCalibration, pairs: int, likeness: float) -> float:
    """Share of alarms between windows of documents of the same distribution, all of them new."""
    random = np.random.default_rng(99)
    raised = 0
    for _ in range(pairs):
        pair = cloud(found.window, random, likeness=likeness).pair(found.window, random)
        scores: dict[Method, float] = {method: score(method, *pair) for method in found.thresholds}
        raised += bool(found.alarms(scores))
    return raised / pairs


@pytest.fixture(scope="module")
def both() -> WindowCalibration:
    return calibrate_window(cloud(200, np.random.default_rng(1)), 60, ("model", "mmd"), 0.2, rank=1, power_pairs=10)


def test_fewest_pairs_are_those_of_the_binomial_distribution() -> None:
    assert pairs_needed(0.01, 1) == 299, "the classical figure for 99 % coverage with 95 % confidence"
    for rate, rank in ((0.01, 2), (0.005, 2), (0.1, 3)):
        needed = pairs_needed(rate, rank)
        assert binom.cdf(rank - 1, needed, rate) <= 0.05 < binom.cdf(rank - 1, needed - 1, rate)


@settings(deadline=None)  # a busy machine is no fault
@given(tries=st.integers(1, 1500), share=st.floats(0, 1))
def test_upper_bound_is_that_of_clopper_and_pearson(tries: int, share: float) -> None:
    hits = round(tries * share)
    expected = 1.0 if hits == tries else float(beta.ppf(0.95, hits + 1, tries - hits))
    assert upper_bound(hits, tries) == pytest.approx(expected, abs=1e-9)


def test_new_windows_of_the_same_kind_raise_no_more_alarms_than_allowed(both: WindowCalibration) -> None:
    assert fresh_alarms(both, 60, likeness=1.0) <= 0.2
    assert max(both.by_method.values()) <= both.false_alarms <= both.false_alarms_at_most
    assert both.by_default["model"] > 0.5, "Evidently's own limit of 0.55 calls documents apart that are alike"
    assert both.pairs == pairs_needed(0.1, 1), "the rate is shared between the two methods"


def test_larger_shifts_are_found_more_often(both: WindowCalibration) -> None:
    assert both.power[0.4] >= 0.9
    assert both.power[0.02] <= 0.3
    assert both.finds in (0.2, 0.4)


def test_two_of_evidentlys_defaults_flag_windows_of_one_distribution_and_ours_do_not() -> None:
    from evidently.metrics.embeddings import MMDDriftMethod, RatioDriftMethod  # noqa: PLC0415 - four seconds

    random = np.random.default_rng(5)
    sample = cloud(400, random, dimension=64, likeness=0)
    methods: tuple[Method, Method] = ("ratio", "mmd")
    ours: dict[Method, WindowCalibration] = {
        method: calibrate_window(sample, 100, (method,), 0.1, rank=1, power_pairs=1) for method in methods
    }
    flagged = {"ratio": 0, "mmd": 0, "our ratio": 0, "our mmd": 0}
    kinds: dict[str, Any] = {"ratio": RatioDriftMethod, "mmd": MMDDriftMethod}
    for number in range(10):
        same = cloud(60, np.random.default_rng(1000 + number), dimension=64, likeness=0)
        reference, current = same.pair(100, random)
        for method, found in ours.items():
            options = {"bootstrap": True} if method == "mmd" else {}
            theirs = kinds[method](**options)
            flagged[method] += bool(theirs(pd.DataFrame(current), pd.DataFrame(reference))[1])
            flagged[f"our {method}"] += bool(found.alarms({method: score(method, reference, current)}))
    assert flagged["ratio"] == 10
    assert flagged["mmd"] >= 8
    assert flagged["our ratio"] <= 2
    assert flagged["our mmd"] <= 2


def test_drawing_chunks_instead_of_documents_would_promise_too_much() -> None:
    sample = cloud(150, np.random.default_rng(2), likeness=3.0)
    ours = calibrate_window(sample, 60, ("distance",), 0.05, power_pairs=1)
    apart = Sample(sample.vectors, tuple(map(str, range(len(sample)))), np.arange(len(sample)))
    naive = calibrate_window(apart, 60, ("distance",), 0.05, power_pairs=1)

    assert fresh_alarms(ours, 200, likeness=3.0) <= 0.05
    assert fresh_alarms(naive, 200, likeness=3.0) >= 0.3


def test_the_same_sample_gives_the_same_calibration() -> None:
    sample = cloud(60, np.random.default_rng(3))
    first, second = (calibrate_window(sample, 50, ("distance",), 0.2, power_pairs=5) for _ in range(2))

    assert first == second


def test_a_shifted_window_keeps_its_lengths_and_moves_as_far_as_asked() -> None:
    vectors = cloud(200, np.random.default_rng(4)).vectors
    moved = shifted(vectors, 0.01 * spread_of(vectors), np.random.default_rng(5))

    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(len(moved)), abs=1e-5)
    assert np.linalg.norm(moved - vectors, axis=1).max() <= 0.0101 * spread_of(vectors)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        pairs_needed(rate)
