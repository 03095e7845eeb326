"""One check: are the documents that were embedded since the reference was taken like it?"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.archive import Archive, ArchiveError
from workloads.drift.methods import Matrix, Method, score
from workloads.drift.windows import Sample
from workloads.embedding.drift.reference import (
    Calibration,
    Progress,
    Reference,
    calibrate,
    kept_reference,
    take_reference,
)
from workloads.embedding.drift.sampling import document_hash, recent_sample
from workloads.embedding.ingest.manifest import entries, summaries
from workloads.embedding.settings import DriftSettings
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError


class Check(BaseModel):
    """What a check saw."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: str
    collection: str
    checked: str
    """UTC, ISO 8601"""
    outcome: Literal["like the reference", "drifted", "waiting"]
    reason: str = ""
    """Why it waits"""
    vectors: int = 0
    """Of documents embedded since the reference was taken, as many as were looked at"""
    window: int = 0
    """Vectors in each window that was compared"""
    scores: dict[Method, float] = {}
    thresholds: dict[Method, float] = {}
    alarms: tuple[Method, ...] = ()
    in_a_row: int = 0
    """Alarms up to this one, of windows that share no document: else a false one would be its own confirmation"""
    counted_runs: tuple[str, ...] = ()
    """Runs that had ended at the last alarm that was counted: the next one needs a whole window of later ones"""
    persists: bool = False
    """Enough in a row to say that a new index is due"""
    unlike: tuple[str, ...] = ()
    """Where it drifted: documents of the window whose vectors lie furthest from the reference's mean, furthest first"""
    calibrated: str = ""
    """When the thresholds were"""
    digest: str = ""
    """Of the window: the same one is not counted twice"""


def check_drift(
    store: VectorStore,
    archive: Archive,
    index: str,
    settings: DriftSettings,
    *,
    new_reference: bool = False,
    progress: Progress = lambda window, done, total: None,  # noqa: ARG005 - does nothing
) -> tuple[Check, Reference | None]:
    """Compare the newest documents with the reference, which is taken first where there is none; keep the result.

    Raises `InputError` where the index has no live collection. The same documents checked again give the same check,
    which is not counted again.
    """
    collection = store.alias(index)
    if collection is None:
        raise InputError(f"index {index!r}: there is no such index yet; `ingest` makes it")
    reference = None if new_reference else kept_reference(archive, collection)
    if reference is None:
        reference = take_reference(store, archive, index, collection, settings, progress)
    elif not reference.calibration.fits(settings):
        known = reference.calibration
        reference = calibrate(
            archive, collection, reference.sample, known.sample, known.known_runs, settings, progress
        )  # the reference stays: a new one would hide the drift until now
    if reference is None:
        return _waiting(index, collection, f"the index holds too little for a window of {settings.window // 4}"), None
    last = next(iter(kept_checks(archive, collection, 1)), None)
    runs = runs_since(archive, index, reference.calibration)
    current = recent_sample(store, collection, recent_documents(archive, index, runs, settings.window), settings.window)
    later = [run for run in runs if last is None or run not in last.counted_runs]
    fresh = frozenset(recent_documents(archive, index, later, settings.window))
    compared = compare(index, reference, current, settings.persists, last, runs, fresh)
    if compared.outcome != "waiting" and compared != last:
        _keep(archive, compared)
    return compared, reference


def compare(
    index: str,
    reference: Reference,
    current: Sample,
    persists: int,
    last: Check | None,
    runs: Sequence[str],
    fresh: Collection[str],
) -> Check:
    """Return how a sample compares with the reference, after the check before this one.

    `runs` are those that the sample's documents are of, `fresh` the documents of those after the last counted alarm.
    """
    calibration = reference.calibration
    sized = calibration.for_vectors(len(current))
    if sized is None:
        least = calibration.windows[0].window
        reason = f"{len(current)} of the {least} vectors of the smallest window are new since {calibration.created}"
        return _waiting(index, calibration.collection, reason)
    window = current.first(sized.window)
    digest = hashlib.sha256(window.tobytes() + calibration.model_dump_json().encode()).hexdigest()[:32]
    if last is not None and last.digest == digest:
        return last
    others = reference.sample.without(set(current.documents))
    if len(others) < sized.window:
        return _waiting(index, calibration.collection, "most of the reference has changed: `drift calibrate` is due")
    drawn = others.one(sized.window, np.random.default_rng(int(digest[:16], 16)))
    scores: dict[Method, float] = {method: score(method, drawn, window) for method in calibration.methods}
    alarms = sized.alarms(scores)
    before = last if last is not None and last.calibrated == calibration.created and last.in_a_row else None
    in_a_row, counted_runs = 0, ()
    if alarms and before is not None and not set(current.documents_of(sized.window)) <= set(fresh):
        in_a_row, counted_runs = before.in_a_row, before.counted_runs
    elif alarms:
        in_a_row, counted_runs = (before.in_a_row if before is not None else 0) + 1, tuple(runs)
    return Check(
        index=index,
        collection=calibration.collection,
        checked=_now(),
        outcome="drifted" if alarms else "like the reference",
        vectors=len(current),
        window=sized.window,
        scores=scores,
        thresholds=sized.thresholds,
        alarms=tuple(alarms),
        in_a_row=in_a_row,
        counted_runs=counted_runs,
        persists=in_a_row >= persists,
        unlike=_unlike(reference.sample.vectors, current, sized.window) if alarms else (),
        calibrated=calibration.created,
        digest=digest,
    )


def runs_since(archive: Archive, index: str, calibration: Calibration) -> list[str]:
    """Return the runs that ended since the reference was taken, the newest first."""
    new = [
        summary.run
        for summary in summaries(archive, index)
        if summary.collection == calibration.collection and summary.run not in calibration.known_runs
    ]
    return new[::-1]


def recent_documents(archive: Archive, index: str, runs: Sequence[str], most: int) -> Iterator[str]:
    """Give documents that runs embedded, each once, in the order of the runs.

    Of each run at most `most`, picked by the hashes of their keys: those that it came to first may all be of one kind.
    """
    given: set[str] = set()
    for run in runs:
        done = {entry.document for entry in entries(archive, index, run) if entry.fate == "done"} - given
        picked = heapq.nsmallest(most, done, key=document_hash)
        given.update(picked)
        yield from picked


def kept_checks(archive: Archive, collection: str, most: int) -> list[Check]:
    """Return the last checks of a collection, oldest first."""
    checks: list[Check] = []
    for name in list(archive.names(f"drift/{collection}/checks/"))[-most:]:
        try:
            checks.append(Check.model_validate_json(archive.read(name) or b""))
        except ValidationError as error:
            raise ArchiveError(f"{archive.uri}/{name}: is not a check: {error}") from error
    return checks


def _keep(archive: Archive, check: Check) -> None:
    """Write a check down under the next number: by number and not by time, as clocks jump."""
    names = list(archive.names(f"drift/{check.collection}/checks/"))
    number = int(names[-1].rpartition("/")[2].removesuffix(".json")) + 1 if names else 0
    archive.write(f"drift/{check.collection}/checks/{number:08}.json", check.model_dump_json(indent=2).encode())


def _waiting(index: str, collection: str, reason: str) -> Check:
    return Check(index=index, collection=collection, checked=_now(), outcome="waiting", reason=reason)


def _unlike(reference: Matrix, current: Sample, window: int, most: int = 10) -> tuple[str, ...]:
    away = np.linalg.norm(current.first(window) - reference.mean(axis=0), axis=1)
    owners = current.owners[:window]
    means = {number: float(away[owners == number].mean()) for number in np.unique(owners).tolist()}
    furthest = heapq.nlargest(most, means, key=lambda number: means[number])
    return tuple(current.documents[number] for number in furthest)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
