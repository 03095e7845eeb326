"""How far two windows of vectors lie apart: Evidently's embedding drift methods, called directly.

Only their scores are used. Their own verdicts rest on fixed limits (and on a bootstrap whose quantile is the wrong one
for mmd: 0.05), which flag windows of the same distribution; `calibration` finds limits that do not. Called through
Evidently's Report the same score takes seconds.

https://docs.evidentlyai.com/metrics/customize_embedding_drift
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Method = Literal["model", "mmd", "distance", "ratio"]
Matrix = npt.NDArray[np.float32]
"""One vector a row."""

DESCRIPTIONS: Final[Mapping[Method, str]] = {
    "model": "area under the curve of a classifier that tells the two windows apart; 0.5 is not at all",
    "mmd": "squared maximum mean discrepancy, radial basis kernel of median width",
    "distance": "Euclidean distance of the two means",
    "ratio": "share of the components that drift one by one (Wasserstein distance above 0.1)",
}


def score(method: Method, reference: Matrix, current: Matrix) -> float:
    """Return how far the windows lie apart, larger is further: the same windows give the same score.

    Both have at least two rows, and as many columns as each other.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, which only drift needs

    columns = [str(column) for column in range(reference.shape[1])]
    # The frames are made anew each time: `model` adds a column to what it is given.
    frames = (pd.DataFrame(current, columns=columns), pd.DataFrame(reference, columns=columns))
    return float(_methods()[method](*frames)[0])


def default_limit(method: Method) -> float:
    """Return the score above which Evidently itself says that there is drift."""
    limit: Any = _methods()[method]
    return float(limit.threshold)


def evidently_version() -> str:
    """Return which Evidently gives the scores: a calibration holds for one version."""
    return version("evidently")


@cache
def _methods() -> Mapping[Method, Callable[..., tuple[Any, Any, str]]]:
    with warnings.catch_warnings():
        # evidently 0.7.23 patches `numpy.core`, numpy's former name for it, when it is imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        from evidently.metrics.embeddings import (  # noqa: PLC0415 - four seconds, which only drift needs
            DistanceDriftMethod,
            MMDDriftMethod,
            ModelDriftMethod,
            RatioDriftMethod,
        )
    kinds: dict[Method, Any] = {
        "model": ModelDriftMethod,
        "mmd": MMDDriftMethod,
        "distance": DistanceDriftMethod,
        "ratio": RatioDriftMethod,
    }
    return {method: kind() for method, kind in kinds.items()}
