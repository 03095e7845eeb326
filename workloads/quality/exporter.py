"""The last result as Prometheus metrics. A value that the result lacks is absent; a label that went away goes away."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from workloads.quality.faults import REASONS, Reason
from workloads.quality.result import CONDITIONS, MEASURES, Result


class Exporter(Collector):
    """Metrics of one model; `show` and `fail` are called by another thread than the one that scrapes."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = Lock()
        self._result: Result | None = None
        self._useful_at: float | None = None
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)

    def show(self, result: Result) -> None:
        """Show this result from now on."""
        with self._lock:
            self._result = result
            if result.useful:
                self._useful_at = result.started + result.seconds

    def fail(self, reason: Reason) -> None:
        """Count a run that failed; what the last one found stays."""
        with self._lock:
            self._failures[reason] += 1

    def collect(self) -> Iterable[Metric]:
        """Give the metrics as they are now."""
        with self._lock:
            result, useful_at, failures = self._result, self._useful_at, dict(self._failures)
        yield _counter(
            "quality_run_failures", "Runs that failed, by why", ("model", "reason"),
            {(self._model, reason): number for reason, number in failures.items()},
        )  # fmt: skip
        if useful_at is not None:
            yield _gauge(
                "quality_last_success_timestamp_seconds", "When a run last told something of quality or drift",
                ("model",), {(self._model,): useful_at},
            )  # fmt: skip
        if result is not None:
            yield from _of_run(result)
            yield from _of_quality(result)
            yield from _of_drift(result)


def _of_run(result: Result) -> Iterable[Metric]:
    model = result.model
    yield _gauge(
        "quality_last_run_timestamp_seconds", "When the last run that ended by itself was started",
        ("model",), {(model,): result.started},
    )  # fmt: skip
    yield _gauge("quality_run_seconds", "How long it took", ("model",), {(model,): result.seconds})
    yield _gauge(
        "quality_condition", "1 where this is to be said of the data", ("model", "condition"),
        {(model, condition): float(condition in result.conditions) for condition in CONDITIONS},
    )  # fmt: skip
    yield _gauge(
        "quality_window_rows", "Rows of each window", ("model", "window"),
        {(model, window): rows for window, rows in result.rows.items()},
    )  # fmt: skip
    yield _gauge(
        "quality_feedback_rows", "Labels and answers, by what became of them", ("model", "fate"),
        {(model, fate): rows for fate, rows in result.feedback.items()},
    )  # fmt: skip
    for name, at in (("prediction", result.newest_prediction), ("label", result.newest_label)):
        if at is not None:
            yield _gauge(
                f"quality_newest_{name}_timestamp_seconds", f"Time of the newest {name}", ("model",), {(model,): at}
            )


def _of_quality(result: Result) -> Iterable[Metric]:
    labels = ("model", "version", "group")
    yield _gauge(
        "quality_labelled_rows", "Labelled answers", labels,
        {(result.model, one.version, one.group): one.rows for one in result.quality},
    )  # fmt: skip
    for measure in MEASURES:
        yield _gauge(
            f"quality_{measure}", f"{measure.capitalize()} of labelled answers", labels,
            {
                (result.model, one.version, one.group): one.measures[measure]
                for one in result.quality
                if measure in one.measures
            },
        )  # fmt: skip


def _of_drift(result: Result) -> Iterable[Metric]:
    model, column, method = result.model, ("model", "kind", "feature"), ("model", "kind", "feature", "method")
    yield _gauge(
        "quality_drift_score", "How far a column lies from the reference", method,
        {(model, one.kind, one.feature, name): score for one in result.drift for name, score in one.scores.items()},
    )  # fmt: skip
    yield _gauge(
        "quality_drift_threshold", "Score from which on it is drift", method,
        {(model, one.kind, one.feature, name): limit for one in result.drift for name, limit in one.thresholds.items()},
    )  # fmt: skip
    yield _gauge(
        "quality_drifted", "1 where a column drifted", column,
        {(model, one.kind, one.feature): float(one.drifted) for one in result.drift},
    )  # fmt: skip
    yield _gauge(
        "quality_missing_ratio", "Share of missing values", ("model", "feature", "window"),
        {(model, one.feature, window): share for one in result.drift for window, share in one.missing.items()},
    )  # fmt: skip


def _gauge(name: str, text: str, labels: tuple[str, ...], values: dict[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def _counter(name: str, text: str, labels: tuple[str, ...], values: dict[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family
