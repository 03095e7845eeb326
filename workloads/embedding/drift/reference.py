"""The reference of an index: a sample of its vectors, frozen, with the thresholds that were calibrated on it.

It is kept beside the manifests, as `drift/<collection>/calibration.json` and the sample that this names. A further
document that is embedded later changes nothing in it: otherwise slow drift would move the reference along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.archive import Archive, ArchiveError
from workloads.drift.calibration import CONFIDENCE, WindowCalibration, calibrate_window
from workloads.drift.methods import Method, evidently_version
from workloads.drift.windows import Sample
from workloads.embedding.drift.sampling import reference_sample
from workloads.embedding.ingest.manifest import summaries
from workloads.embedding.settings import DriftSettings
from workloads.embedding.stores.port import VectorStore

SAMPLE_WINDOWS: Final = 10
"""Windows that the sample is as large as, where the index is."""
LEAST_WINDOWS: Final = 3
"""Below this, two windows would be nearly the whole sample: draws would hardly differ from each other."""

Progress = Callable[[int, int, int], None]
"""Window, pairs done, pairs in all."""


class Calibration(BaseModel):
    """Thresholds for windows of some sizes, and what they were calibrated on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    created: str
    """UTC, ISO 8601"""
    sample: str
    """Name of the file with the reference's vectors; in it the start of its SHA-256"""
    vectors: int
    documents: int
    known_runs: tuple[str, ...]
    """Runs that had ended before the reference was taken: what later ones embed is compared with it"""
    methods: tuple[Method, ...]
    false_alarms: float
    """Share of comparisons of like with like that may raise an alarm"""
    confidence: float
    largest_window: int
    evidently: str
    windows: tuple[WindowCalibration, ...]
    """Smallest first"""

    def fits(self, settings: DriftSettings) -> bool:
        """Whether the thresholds are those of these settings."""
        return (self.methods, self.false_alarms, self.largest_window, self.evidently) == (
            settings.methods, settings.false_alarms, settings.window, evidently_version(),
        )  # fmt: skip

    def for_vectors(self, vectors: int) -> WindowCalibration | None:
        """Return the largest window that so many vectors fill; None where they fill none."""
        return max((one for one in self.windows if one.window <= vectors), key=lambda one: one.window, default=None)


@dataclass(frozen=True, slots=True)
class Reference:
    """A calibration with its sample."""

    calibration: Calibration
    sample: Sample


def take_reference(
    store: VectorStore, archive: Archive, index: str, collection: str, settings: DriftSettings, progress: Progress
) -> Reference | None:
    """Take what the collection holds now as the reference, calibrate, and keep it; None where it is too small."""
    runs = tuple(summary.run for summary in summaries(archive, index) if summary.collection == collection)
    sample = reference_sample(store, collection, SAMPLE_WINDOWS * settings.window)
    if not window_sizes(sample, settings):
        return None
    content = sample.to_bytes()
    file = f"reference-{hashlib.sha256(content).hexdigest()[:16]}.npz"
    archive.write(f"drift/{collection}/{file}", content)
    return calibrate(archive, collection, sample, file, runs, settings, progress)


def calibrate(
    archive: Archive,
    collection: str,
    sample: Sample,
    file: str,
    runs: tuple[str, ...],
    settings: DriftSettings,
    progress: Progress,
) -> Reference:
    """Calibrate on a sample and keep the result in place of the one before."""
    windows = tuple(
        calibrate_window(
            sample, window, settings.methods, settings.false_alarms,
            progress=lambda done, total, window=window: progress(window, done, total),
        )
        for window in window_sizes(sample, settings)
    )  # fmt: skip
    calibration = Calibration(
        collection=collection,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sample=file,
        vectors=len(sample),
        documents=len(sample.documents),
        known_runs=runs,
        methods=settings.methods,
        false_alarms=settings.false_alarms,
        confidence=CONFIDENCE,
        largest_window=settings.window,
        evidently=evidently_version(),
        windows=windows,
    )
    archive.write(f"drift/{collection}/calibration.json", calibration.model_dump_json(indent=2).encode())
    for name in archive.names(f"drift/{collection}/reference-"):
        if not name.endswith(f"/{file}"):
            archive.delete(name)
    return Reference(calibration, sample)


def kept_calibration(archive: Archive, collection: str) -> Calibration | None:
    """Return the calibration of a collection; None where none was made. `ArchiveError` where it can't be read."""
    name = f"drift/{collection}/calibration.json"
    content = archive.read(name)
    try:
        return Calibration.model_validate_json(content) if content is not None else None
    except ValidationError as error:
        raise ArchiveError(f"{archive.uri}/{name}: {error}; `drift calibrate` takes a new reference") from error


def kept_reference(archive: Archive, collection: str) -> Reference | None:
    """Return the reference of a collection; None where none was taken. `ArchiveError` where it can't be read."""
    calibration = kept_calibration(archive, collection)
    if calibration is None:
        return None
    name = f"drift/{collection}/{calibration.sample}"
    try:
        vectors = archive.read(name)
        if vectors is None:
            raise ArchiveError(f"{archive.uri}/{name}: is missing; `drift calibrate` takes a new reference")
        return Reference(calibration, Sample.from_bytes(vectors))
    except ValueError as error:
        raise ArchiveError(f"{archive.uri}/{name}: {error}; `drift calibrate` takes a new reference") from error


def window_sizes(sample: Sample, settings: DriftSettings) -> list[int]:
    """Return the sizes to calibrate: the window asked for, its half and its quarter, as far as the sample has them."""
    sizes = (settings.window // 4, settings.window // 2, settings.window)
    return [size for size in sizes if sample.holds_pair(size) and len(sample) >= LEAST_WINDOWS * size]
