"""How many series a fleet makes, counted in a real Prometheus: each recorded metric stays within its budget.

The fleet is small, and budgets are for one GPU, one replica, one model; tests/bench_rules.py counts the stated fleet.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from observability.burn_rates import RULES_FOLDER
from observability.catalogue import metrics_by_series_name, recorded_metrics
from observability.preview.prometheus_api import PrometheusApi
from tests.observability.dashboards.local_prometheus import complete, running
from tests.observability.rule_timing import evaluated, two_core_seconds
from tests.observability.synthetic_exporters import Fleet, configuration, exporting, write_rules

pytestmark = [pytest.mark.xdist_group("series"), pytest.mark.timeout(600)]

FLEET = Fleet(gpus=16, models=4, queues=2, namespaces=4)


@dataclass(frozen=True)
class Recorded:
    """A Prometheus, and when it had every metric."""

    api: PrometheusApi
    when: float

    def series(self) -> dict[str, int]:
        """Series by name."""
        return counted(self.api, self.when)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A Prometheus that has scraped the fleet and evaluated every rule a few times."""
    folder: Path = tmp_path_factory.mktemp("fleet")
    with exporting(FLEET) as port:
        rules = write_rules(folder / "rules", FLEET, "1s", "[20s:1s]")
        with running(folder, configuration(port, rules, 1)) as api:
            yield Recorded(api, complete(lambda when: set(recorded_metrics()) - set(counted(api, when))))


def counted(api: PrometheusApi, when: float) -> dict[str, int]:
    query = 'label_replace(count by (__name__) ({__name__!=""}), "metric", "$1", "__name__", "(.+)")'
    return {series.labels["metric"]: int(series.points[-1][1]) for series in api.instant(query, when)}


def test_every_recorded_metric_is_made_and_keeps_to_its_budget(prometheus: Recorded) -> None:
    series = prometheus.series()
    over = {
        name: (series[name], metric.series * FLEET.units[metric.per])
        for name, metric in recorded_metrics().items()
        if series[name] > metric.series * FLEET.units[metric.per]
    }
    assert not over


def test_series_carry_the_labels_of_the_catalogue_and_no_others(prometheus: Recorded) -> None:
    for name, metric in recorded_metrics().items():
        labels = {label for series in prometheus.api.instant(name, prometheus.when) for label in series.labels}
        assert labels - {"__name__"} <= set(metric.labels), name


def test_no_rule_fails_on_a_fleet(prometheus: Recorded) -> None:
    with urllib.request.urlopen(f"{prometheus.api.address}/api/v1/rules") as answer:  # noqa: S310 - on this machine
        rules = json.load(answer)["data"]
    assert len(rules["groups"]) > 10
    failing = {
        rule["name"]: rule["lastError"]
        for group in rules["groups"]
        for rule in group["rules"]
        if rule["health"] == "err"
    }
    assert not failing


def test_prometheus_says_what_each_group_takes(prometheus: Recorded) -> None:
    """What tests/bench_rules.py reads of it."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in RULES_FOLDER.glob("*.yaml")]
    groups = {group["name"] for file in files for group in file["groups"]}
    timing = evaluated(prometheus.api, 6, settling=0)
    assert set(timing.groups) == groups | {"objectives"}
    assert all(seconds > 0 for seconds in timing.groups.values())
    assert timing.evaluations > 0
    assert timing.processor > 0
    assert two_core_seconds({"a": 3, "b": 2, "c": 2, "d": 1}) == 4


def test_the_page_tells_nothing_that_the_catalogue_does_not_have(prometheus: Recorded) -> None:
    scraped = {name for name in prometheus.series() if not name.startswith(("scrape_", "ALERTS"))}
    assert scraped <= set(metrics_by_series_name())
