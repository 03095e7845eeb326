"""Service level objectives: what a model promises, as the constant series that every rule about promises joins on.

The rules themselves are the same for all models, charts/monitoring/rules/recording-slo.yaml and alerts-slo.yaml; a
release is told which promises there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Indicator = Literal["availability", "ttft", "tpot"]
"""What is promised: answers without an error, the time to the first token, the time per further token."""

GROUP = "objectives"
INTERVAL = "1m"


@dataclass(frozen=True, kw_only=True)
class Objective:
    """One promise about one model."""

    model: str
    namespace: str
    team: str
    indicator: Indicator
    ratio: float
    """Share of the requests that keep it: 0.995."""
    seconds: float | None = None
    """The limit that a time keeps to, one of the engine's own buckets. Availability has none."""

    def __post_init__(self) -> None:
        """Refuse a promise that nothing can break, and a time without a limit."""
        if not 0 < self.ratio < 1:
            raise ValueError(f"{self.model}: {self.indicator}: ratio {self.ratio}: must be between 0 and 1")
        if (self.indicator == "availability") != (self.seconds is None):
            raise ValueError(f"{self.model}: {self.indicator}: seconds {self.seconds}: stands with ttft and tpot only")


def bucket_label(seconds: float) -> str:
    """The label `le` of a bucket, as Prometheus writes it: 1 is `1.0`.

    https://prometheus.io/docs/prometheus/latest/migration
    """
    return repr(float(seconds))


def objective_group(objectives: Sequence[Objective]) -> Mapping[str, Any] | None:
    """The rule group of an environment's objectives; None where nothing is promised."""
    rules = [rule for objective in objectives for rule in _rules(objective)]
    return {"name": GROUP, "interval": INTERVAL, "rules": rules} if rules else None


def _rules(objective: Objective) -> list[Mapping[str, Any]]:
    labels = {
        "model": objective.model,
        "namespace": objective.namespace,
        "team": objective.team,
        "slo": objective.indicator,
    }
    rules: list[Mapping[str, Any]] = [
        {"record": "slo:objective", "expr": f"vector({objective.ratio})", "labels": labels}
    ]
    if objective.seconds is not None:
        limit = labels | {"le": bucket_label(objective.seconds)}
        rules.append({"record": "slo:latency_bucket:info", "expr": "vector(1)", "labels": limit})
    return rules
