"""A check's figures for Prometheus: pushed to a gateway, or left in a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.error import URLError

from prometheus_client import CollectorRegistry, Gauge, push_to_gateway, write_to_textfile

from workloads.embedding.drift.check import Check
from workloads.embedding.drift.reference import Reference
from workloads.faults import InputError, ProgramError


def drift_registry(check: Check, reference: Reference | None) -> CollectorRegistry:
    """Return the figures of a check; what was not compared is left out, not zero."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, value: float, **labels: str) -> None:
        if name not in gauges:
            gauges[name] = Gauge(name, text, ["index", *labels], registry=registry)
        gauges[name].labels(check.index, *labels.values()).set(value)

    gauges: dict[str, Gauge] = {}
    checked = datetime.fromisoformat(check.checked).timestamp()
    gauge("embedding_drift_checked_timestamp_seconds", "When the index was last checked for drift", checked)
    gauge("embedding_drift_new_vectors", "Vectors new since the reference that were looked at", check.vectors)
    gauge("embedding_drift_compared", "1 where windows were compared, 0 where there is too little", check.window > 0)
    if check.window:
        gauge("embedding_drift_window_vectors", "Vectors in each window", check.window)
        gauge("embedding_drift_alarms_in_a_row", "Checks up to this one that raised an alarm", check.in_a_row)
        gauge("embedding_drift_persists", "1 where a new index is due", check.persists)
    for method, score in check.scores.items():
        gauge("embedding_drift_score", "How far the windows lie apart", score, method=method)
        gauge("embedding_drift_threshold", "Score above which it is an alarm", check.thresholds[method], method=method)
        gauge("embedding_drift_alarm", "1 where the score is above", method in check.alarms, method=method)
    for sized in reference.calibration.windows if reference is not None else ():
        if sized.window == check.window:
            gauge(
                "embedding_drift_false_alarm_rate",
                "Of all methods together, measured on the reference",
                sized.false_alarms,
            )
    return registry


def push_drift(registry: CollectorRegistry, gateway: str, index: str) -> None:
    """Push the figures to a gateway, in place of those of the check before."""
    try:
        push_to_gateway(gateway, job="embedding_drift", grouping_key={"index": index}, registry=registry)
    except (URLError, OSError, ValueError) as error:
        raise ProgramError(f"--push-gateway {gateway}: {error}") from error


def write_drift(registry: CollectorRegistry, file: Path) -> None:
    """Leave the figures in a file for the node exporter's textfile collector."""
    try:
        write_to_textfile(str(file), registry)
    except OSError as error:
        raise InputError(f"--metrics-file {file}: {error.strerror or error}") from error
