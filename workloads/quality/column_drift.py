"""How far columns lie from the reference: Evidently's drift methods called directly.

The same method through Evidently's Report also draws each column, which takes longer than all else together
(docs/benchmarks/quality.md). Infinite values count as missing: one of them would leave no histogram of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from workloads.quality.evidently_import import quiet_import
from workloads.quality.result import Drift, Kind
from workloads.quality.settings import DriftSettings
from workloads.quality.tables import Column

Sort = Literal["number", "class"]


def column_drift(
    kind: Kind, name: str, sort: Sort, reference: Column, current: Column, settings: DriftSettings
) -> Drift:
    """Return how far a column of now lies from the reference's; both have rows, not all of them with a value."""
    method = settings.numerical if sort == "number" else settings.categorical
    threshold = settings.thresholds.get(name, settings.threshold)
    missing = {"reference": float(reference.isna().mean()), "current": float(current.isna().mean())}
    known, now = reference.dropna(), current.dropna()
    scores: dict[str, float] = {}
    if len(known) and len(now):
        if sort == "class":
            known, now = _of_one_type(known, now)
        score = float(_methods()[method](known, now, sort, threshold))
        scores[method] = score
    vanished = missing["current"] - missing["reference"] >= settings.missing
    return Drift(
        kind=kind,
        feature=name,
        scores=scores,
        thresholds={method: threshold} if scores else {},
        drifted=vanished or any(score >= threshold for score in scores.values()),
        missing={"current": missing["current"], "reference": missing["reference"]},
    )


def _of_one_type(known: Column, now: Column) -> tuple[Column, Column]:
    """Return both with the classes of both: a class that is in one alone is what drift is about."""
    classes = known.cat.categories.union(now.cat.categories)
    known, now = known.cat.set_categories(classes), now.cat.set_categories(classes)
    present = classes[classes.isin(known.unique()) | classes.isin(now.unique())]
    return known.cat.set_categories(present), now.cat.set_categories(present)


@cache
def _methods() -> dict[str, Callable[[Column, Column, Sort, float], float]]:
    with quiet_import():
        from evidently.legacy.calculations.stattests import (  # noqa: PLC0415 - four seconds, which only drift needs
            hellinger_stat_test,
            jensenshannon_stat_test,
            psi_stat_test,
            wasserstein_stat_test,
        )
        from evidently.legacy.core import ColumnType  # noqa: PLC0415 - as above

    sorts = {"number": ColumnType.Numerical, "class": ColumnType.Categorical}
    tests: dict[str, Any] = {
        "wasserstein": wasserstein_stat_test,
        "jensenshannon": jensenshannon_stat_test,
        "psi": psi_stat_test,
        "hellinger": hellinger_stat_test,
    }

    def scored(test: Any) -> Callable[[Column, Column, Sort, float], float]:
        return lambda known, now, sort, threshold: test(known, now, sorts[sort], threshold).drift_score

    return {name: scored(test) for name, test in tests.items()}
