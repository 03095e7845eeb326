"""Objectives and the burn rates that alert on them.

When each alert fires is in tests/observability/alerts, by promtool; here is what the numbers mean.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from observability.burn_rates import ALERTS, LONG, PERIOD_DAYS, SHORT, alert_rules, recording_rules
from observability.slo import Objective, bucket_label, objective_group


def objective(**changes: Any) -> Objective:
    given: dict[str, Any] = {
        "model": "llama", "namespace": "serving", "team": "search", "indicator": "ttft", "ratio": 0.95, "seconds": 1,
    }  # fmt: skip
    return Objective(**given | changes)


def test_an_objective_is_a_constant_with_its_labels() -> None:
    group = objective_group([objective(), objective(indicator="availability", ratio=0.999, seconds=None)])
    labels = {"model": "llama", "namespace": "serving", "team": "search"}
    assert group == {
        "name": "objectives",
        "interval": "1m",
        "rules": [
            {"record": "slo:objective", "expr": "vector(0.95)", "labels": labels | {"slo": "ttft"}},
            {"record": "slo:latency_bucket:info", "expr": "vector(1)", "labels": labels | {"slo": "ttft", "le": "1.0"}},
            {"record": "slo:objective", "expr": "vector(0.999)", "labels": labels | {"slo": "availability"}},
        ],
    }


def test_nothing_promised_is_no_group() -> None:
    assert objective_group([]) is None


@pytest.mark.parametrize(("seconds", "label"), [(1, "1.0"), (0.5, "0.5"), (10, "10.0"), (0.025, "0.025")])
def test_buckets_are_written_as_prometheus_writes_them(seconds: float, label: str) -> None:
    assert bucket_label(seconds) == label


@pytest.mark.parametrize(
    "changes",
    [{"ratio": 1}, {"ratio": 0}, {"seconds": None}, {"indicator": "availability"}],
    ids=["never missed", "always missed", "no limit", "a limit of nothing"],
)
def test_a_promise_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="llama"):
        objective(**changes)


def test_rates_are_shares_of_the_budget() -> None:
    shares = {(rate.long, rate.rate): round(rate.budget_spent, 4) for alert in ALERTS for rate in alert.rates}
    assert shares == {("1h", 14.4): 0.02, ("6h", 6): 0.05, ("1d", 3): 0.1, ("3d", 1): 0.1}
    assert PERIOD_DAYS == 30


def test_every_window_of_an_alert_is_recorded() -> None:
    recorded = recording_rules()
    windows = {window for alert in ALERTS for rate in alert.rates for window in (rate.long, rate.short)}
    assert windows <= {"5m", *SHORT, *LONG}
    assert all(f"record: slo:errors:ratio_rate{window}\n" in recorded for window in windows)


def test_the_fastest_burn_can_be_reached_by_every_objective_that_the_stack_file_allows() -> None:
    # All requests being bad burns at 1 / (1 - objective): an alert above that would never come.
    slowest = min(rate.rate for rate in ALERTS[0].rates)
    assert slowest < 1 / (1 - 0.9)


def test_critical_ends_soon_after_the_trouble() -> None:
    minutes = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320}
    for alert in ALERTS:
        assert all(minutes[rate.short] * 12 == minutes[rate.long] for rate in alert.rates)


def test_alerts_say_whom_and_where() -> None:
    for rule in yaml.safe_load(alert_rules())["groups"][0]["rules"]:
        assert set(rule["labels"]) == {"severity", "owner"}
        assert rule["annotations"]["runbook"] == f"docs/runbooks/{rule['alert']}.md"
        assert "{{ $value" in rule["annotations"]["summary"]
