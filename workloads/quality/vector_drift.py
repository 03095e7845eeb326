"""Drift of vectors, with thresholds that are calibrated on the reference, once for each reference."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from workloads.drift.calibration import WindowCalibration, calibrate_window
from workloads.drift.methods import Method, evidently_version, score
from workloads.drift.windows import Sample
from workloads.quality.result import Drift
from workloads.quality.settings import EmbeddingSettings

Matrix = npt.NDArray[np.float32]
REFERENCE_WINDOWS: Final = 10
"""Windows that the reference's sample is as large as, where there are so many vectors."""
LEAST_WINDOWS: Final = 3
"""Below this, two windows would be nearly the whole sample."""


class Kept(Protocol):
    """Where calibrations are kept."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        ...


def vector_drift(reference: Matrix, current: Matrix, settings: EmbeddingSettings, kept: Kept) -> Drift | str:
    """Return how far vectors of now lie from the reference's, or why nothing can be said."""
    if len(current) < settings.window:
        return f"{settings.column}: {len(current)} of the {settings.window} vectors of a window"
    if len(reference) < LEAST_WINDOWS * settings.window:
        least = LEAST_WINDOWS * settings.window
        return f"{settings.column}: the reference has {len(reference)} vectors; {least} are needed"
    if reference.shape[1] != current.shape[1]:
        return f"{settings.column}: {current.shape[1]} numbers, the reference's have {reference.shape[1]}"
    sample = _sample(reference)
    thresholds: Mapping[Method, float] = settings.thresholds or _calibrated(sample, settings, kept).thresholds
    drawn = sample.one(settings.window, np.random.default_rng(0))
    scores: dict[Method, float] = {
        method: score(method, drawn, current[: settings.window]) for method in settings.methods
    }
    return Drift(
        kind="embedding",
        feature=settings.column,
        scores={str(method): value for method, value in scores.items()},
        thresholds={method: thresholds[method] for method in settings.methods},
        drifted=any(value > thresholds[method] for method, value in scores.items()),
        missing={},
    )


def _calibrated(sample: Sample, settings: EmbeddingSettings, kept: Kept) -> WindowCalibration:
    """Return the thresholds for this reference; finding them takes minutes, so they are kept."""
    what = f"{settings.methods}{settings.window}{settings.false_alarms}{evidently_version()}"
    digest = hashlib.sha256(what.encode() + sample.vectors.tobytes()).hexdigest()[:32]
    name = f"calibrations/{digest}.json"
    try:
        return WindowCalibration.model_validate_json(kept.read(name) or b"")
    except ValidationError:  # there is none yet, or one of another release
        found = calibrate_window(sample, settings.window, settings.methods, settings.false_alarms)
        kept.write(name, found.model_dump_json(indent=2).encode())
        return found


def _sample(vectors: Matrix) -> Sample:
    """Return vectors of which each is a document of its own."""
    return Sample(vectors, tuple(map(str, range(len(vectors)))), np.arange(len(vectors)))
