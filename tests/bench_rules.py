"""Measures the rules of charts/monitoring and writes docs/benchmarks/rules.md: `python -m tests.bench_rules`.

A Prometheus of the deployed release, built from its Go module, scrapes on two cores a fleet of 1,000 GPUs and 200
models with an hour of counters behind it. Then it evaluates every deployed rule every fifteen seconds and says itself
what that takes. The windows of days are measured apart, over a month of history of a tenth of the objectives.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from observability.burn_rates import RULES_FOLDER
from observability.catalogue import recorded_metrics, series_budget
from observability.preview.prometheus_api import PrometheusApi
from observability.slo import objective_group
from tests.observability.dashboards.local_prometheus import backfill, running
from tests.observability.rule_timing import (
    Timing,
    evaluated,
    hour_before,
    month_before,
    reload_with,
    two_core_seconds,
)
from tests.observability.synthetic_exporters import Fleet, configuration, exporting, objectives, write_rules
from tests.programs.go_program import PROMETHEUS

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "rules.md"
FLEET = Fleet(gpus=1000, models=200)
CORES = "2"
SCRAPE_SECONDS = 15
SCRAPES = 22
"""Until a rate's five minutes are full."""
EVERY_SECONDS = 15
MEASURED_SECONDS = 90
HISTORY_SHARE = 10
"""A month of history is written for one of so many objectives, and its time multiplied."""

TEXT = """# The rules' speed

Measured by `python -m tests.bench_rules` on {date}: {machine}, the deployed Prometheus
(Go module {version}) with GOMAXPROCS={cores}; load of the machine in the minute before {load},
in the last minute {load_after}. The fleet: {gpus} GPUs on {nodes} nodes, {models} models in {replicas} replicas,
{objectives} objectives; {scraped:,} series, scraped every {interval} s, {recorded:,} recorded.

| one evaluation of all {rules} rules | |
|---|---|
| processor | {processor:.2f} s |
| all groups at once on two cores, wall: no less than half of that | **{wall:.2f} s** |
| what the groups take by themselves, one after the other, wall | {serial:.2f} s |
| the same side by side on two cores, wall | {side_by_side:.2f} s |
| the same with the windows of days over a month of history, wall | {with_month:.2f} s |

For {measured} seconds every group was due every {every} s, its result stored: {evaluations} evaluations; {missed:.0%}
were missed, the one before still going on. The wall time of a group is Prometheus' own measurement, the median; side
by side the longest begins. Processor time is that of the whole Prometheus, less what it uses when it only scrapes: it
collects garbage on the other core while a group is evaluated, hence more than the wall time.

No tick evaluates all: `serving-now` is due every 15 seconds, `slo-long` every five minutes, `slo-hourly` every hour,
the others every 30 or 60 seconds, each group at a second of its own. What is due adds up to {share:.1%} of two cores.

| group | every | rules | ms of one evaluation |
|---|---|---|---|
{table}

Counters of GPUs have an hour of history here, rates their five minutes. The windows of hours and days over what is
recorded have minutes; over a month of it, for {promised} objectives and multiplied to {objectives}, one evaluation of
`slo-short` takes {short:.2f} s and one of `slo-long` {long:.2f} s.

Series that the catalogue allows such a fleet, its exporters with all that they tell and their largest labels:
{budget:,}.
"""


def main() -> None:
    """Measure, and write the report."""
    os.environ["GOMAXPROCS"] = CORES
    PROMETHEUS.ready(print)
    load = f"{os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory() as folder:
        timing, facts = measured_fleet(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        month = measured_month(Path(folder))
    groups = deployed_groups()
    table = [
        f"| {name} | {groups[name]['interval']} | {len(groups[name]['rules'])} | {1000 * timing.groups[name]:.1f} |"
        for name in sorted(groups, key=lambda name: -timing.groups[name])
    ]
    short, long = (month.groups[name] * HISTORY_SHARE for name in ("slo-short", "slo-long"))
    report = TEXT.format(
        date=datetime.now(UTC).date(),
        machine=f"{os.cpu_count()} cores of {platform.machine()}",
        cores=CORES,
        load=load,
        load_after=f"{os.getloadavg()[0]:.1f}",
        gpus=FLEET.gpus,
        nodes=FLEET.units["node"],
        models=FLEET.models,
        replicas=FLEET.units["replica"],
        objectives=len(objectives(FLEET)),
        interval=SCRAPE_SECONDS,
        rules=sum(len(group["rules"]) for group in groups.values()),
        wall=max(two_core_seconds(timing.groups), facts["processor"] / 2),
        side_by_side=two_core_seconds(timing.groups),
        serial=sum(timing.groups.values()),
        with_month=two_core_seconds({**timing.groups, "slo-short": short, "slo-long": long}),
        measured=MEASURED_SECONDS,
        every=EVERY_SECONDS,
        evaluations=round(timing.evaluations),
        missed=timing.missed,
        share=sum(timing.groups[name] / seconds(groups[name]["interval"]) for name in groups) / 2,
        table="\n".join(table),
        promised=len(objectives(FLEET)[::HISTORY_SHARE]),
        long=long,
        short=short,
        budget=series_budget(),
        version=PROMETHEUS.version,
        **facts,
    )
    REPORT.write_text(report, encoding="utf-8")
    print(report)  # noqa: T201 - what was asked for


def deployed_groups() -> Mapping[str, Mapping[str, Any]]:
    """Every deployed group, with the fleet's objectives, by name; each with its interval."""
    group = objective_group(objectives(FLEET))
    assert group is not None
    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(RULES_FOLDER.glob("*.yaml"))]
    return {
        each["name"]: {"interval": "30s", **each} for file in [*files, {"groups": [group]}] for each in file["groups"]
    }


def seconds(duration: str) -> int:
    """`5m` in seconds."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def measured_fleet(folder: Path) -> tuple[Timing, dict[str, Any]]:
    """What an evaluation takes, and what the fleet was."""
    with exporting(FLEET) as port:
        backfill(hour_before(FLEET, f"127.0.0.1:{port}", int(time.time())), folder)
        rules = folder / "rules"
        settings = configuration(port, write_rules(rules, FLEET, f"{SCRAPE_SECONDS}s"), SCRAPE_SECONDS)
        with running(folder, settings, "--web.enable-lifecycle", prometheus=PROMETHEUS.ready()) as api:
            time.sleep(SCRAPE_SECONDS * SCRAPES)
            at = time.time() - SCRAPE_SECONDS
            facts: dict[str, Any] = {
                "scraped": value(api, "sum(scrape_samples_scraped)", at),
                "recorded": sum(value(api, f'count({{__name__="{name}"}})', at) for name in recorded_metrics()),
            }
            assert facts["scraped"] > FLEET.gpus, "no scrape came through"
            often = write_rules(rules, FLEET, f"{EVERY_SECONDS}s")
            reload_with(api, folder, configuration(port, often, SCRAPE_SECONDS))
            timing = evaluated(api, MEASURED_SECONDS)
            reload_with(api, folder, configuration(port, [], SCRAPE_SECONDS))
            facts["processor"] = timing.processor_of_one(evaluated(api, MEASURED_SECONDS))
            return timing, facts


def value(api: PrometheusApi, query: str, at: float) -> int:
    """The only value of a query; 0 where it has none."""
    found = api.instant(query, at)
    return int(found[0].points[-1][1]) if found else 0


def measured_month(folder: Path) -> Timing:
    """What the windows of days take, over a month of a tenth of the objectives."""
    promised = objectives(FLEET)[::HISTORY_SHARE]
    (folder / "data").mkdir()
    backfill(month_before(promised, int(time.time()) // 300 * 300), folder)
    rules = folder / "rules.yml"
    groups = [{**deployed_groups()[name], "interval": f"{EVERY_SECONDS}s"} for name in ("slo-short", "slo-long")]
    rules.write_text(yaml.safe_dump({"groups": groups}), "utf-8")
    settings = {"global": {"evaluation_interval": f"{EVERY_SECONDS}s"}, "rule_files": [str(rules)]}
    with running(folder, yaml.safe_dump(settings), prometheus=PROMETHEUS.ready()) as api:
        return evaluated(api, MEASURED_SECONDS)


if __name__ == "__main__":
    main()
