"""What the service for model quality tells of two classifiers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.incidents import DRIFT
from rehearsal.observe.story.moment import Moment, noise
from rehearsal.observe.story.sample import Sample

CLASSIFIERS: Final = (
    ("intent-classifier", ("7", "8"), ("language=de", "language=en", "language=fr", "language=ja")),
    ("toxicity", ("2",), ("channel=chat", "channel=mail")),
)
DRIFTS: Final = "intent-classifier"
LEVELS: Final = {"accuracy": 0.94, "precision": 0.92, "recall": 0.9, "f1": 0.91}
WORSE: Final = {"language=ja": 0.05, "channel=mail": 0.04}
THRESHOLD: Final = 0.1
FEATURES: Final = (
    ("data", "prompt_length", "wasserstein", 0.0),
    ("data", "language", "jensenshannon", 0.0),
    ("data", "hour", "wasserstein", None),
    ("prediction", "label", "jensenshannon", 3.0),
    ("embedding", "prompt", "domain_classifier", 6.0),
)
"""What is compared, how, and how many hours after the drift sets in it shows there; None: never."""
FAILED_RUN: Final = 3.0
"""Hour of a run that failed; the next one did not."""
FALL: Final = 0.16
"""What F1 loses at last, between 6 and 12 hours after the drift set in."""
WINDOWS: Final = {"current": 48_000, "reference": 120_000, "labelled": 5_200}
LATE: Final = (4.0, 5.5)
"""Hours in which feedback came late: too short for an alert."""
CONDITIONS: Final = ("feedback_late", "feedback_missing", "feature_missing")


def quality(now: Moment) -> Iterator[Sample]:
    """Both models."""
    since = now.hour - DRIFT.begins if now.during(DRIFT) else -1.0
    for model, versions, groups in CLASSIFIERS:
        fall = FALL * max(0.0, min(1.0, (since - 6) / 6)) if model == DRIFTS else 0.0
        told = {"model": model, "llm_platform_team": "search"}
        for version in versions:
            labels = {**told, "version": version}
            for group in ("all", *groups):
                for metric, level in LEVELS.items():
                    shake = noise(model + version + group + metric, now.hour // 1 / 6, 0.008)
                    value = min(1.0, level - WORSE.get(group, 0.0) - fall + shake)
                    yield Sample(f"quality_{metric}", {**labels, "group": group}, value)
                yield Sample("quality_labelled_rows", {**labels, "group": group}, 5200 if group == "all" else 1300)
        yield from _drift(now, told, since if model == DRIFTS else -1.0)
        for window, size in WINDOWS.items():
            rows = round(size * (1 + noise(model + window, now.hour / 6, 0.08)))
            yield Sample("quality_window_rows", {**told, "window": window}, rows)
        yield Sample("quality_run_failures_total", {**told, "reason": "data"}, float(now.hour > FAILED_RUN))
        for condition in CONDITIONS:
            late = condition == "feedback_late" and model != DRIFTS and LATE[0] <= now.hour < LATE[1]
            yield Sample("quality_condition", {**told, "condition": condition}, float(late))
        yield Sample("quality_last_success_timestamp_seconds", told, now.at(now.hour // 1))


def _drift(now: Moment, told: dict[str, str], since: float) -> Iterator[Sample]:
    for kind, feature, method, after in FEATURES:
        labels = {**told, "kind": kind, "feature": feature}
        shows = after is not None and since >= after
        calm = 0.03 + noise(told["model"] + feature, now.hour // 1 / 3, 0.012)
        score = THRESHOLD * (1.2 + 0.05 * (since - (after or 0))) if shows else calm
        yield Sample("quality_drift_score", {**labels, "method": method}, score)
        yield Sample("quality_drift_threshold", {**labels, "method": method}, THRESHOLD)
        yield Sample("quality_drifted", labels, float(shows))
