"""Dashboards over series that the real rules recorded: every query that reads only such series finds something.

The fleet is synthetic; its exporters tell what the metric catalogue says they do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from observability.catalogue import recorded_metrics
from observability.preview.dashboard_file import DashboardFile
from observability.preview.interpolation import interpolate
from observability.preview.prometheus_api import PrometheusApi
from observability.preview.render import choose
from tests.observability.dashboards.asked_selectors import Asked, metric
from tests.observability.dashboards.local_prometheus import running
from tests.observability.synthetic_exporters import Fleet, configuration, exporting, write_rules

pytestmark = pytest.mark.xdist_group("dashboards")

FLEET = Fleet(gpus=24, models=4, queues=2, namespaces=4)
PATIENCE_SECONDS = 90
"""Rates need two scrapes, rules that read rules a few rounds."""
NOTHING_YET = {"GPUs held but idle", "GPUs to look at"}
"""A GPU is idle after half an hour; of the broken ones only the Xid is told."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusApi]:
    """A Prometheus whose rules recorded all that they can."""
    folder: Path = tmp_path_factory.mktemp("fleet")
    with exporting(FLEET) as port:
        rules = write_rules(folder / "rules", FLEET, "1s", "[20s:1s]")
        with running(folder, configuration(port, rules, 1)) as api:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while missing := [name for name in recorded_metrics() if not api.instant(name, time.time())]:
                assert time.monotonic() < deadline, f"never recorded: {sorted(missing)}"
                time.sleep(1)
            yield api


@pytest.mark.timeout(2 * PATIENCE_SECONDS)
def test_queries_over_recorded_series_find_something(
    fleet: PrometheusApi, asked: Asked, boards: list[DashboardFile]
) -> None:
    now = time.time()
    recorded = set(recorded_metrics())
    tried = 0
    empty: list[str] = []
    for board in boards:
        chosen = choose(fleet, board, now, None, {})
        for panel in board.panels:
            for target in panel.targets:
                query = interpolate(target.expr, board.variables, chosen.values, chosen.window)
                if panel.title not in NOTHING_YET and {metric(found) for found in asked.selectors(query)} <= recorded:
                    tried += 1
                    if not any(series.points for series in fleet.instant(query, now)):
                        empty.append(f"{board.title}: {panel.title}: {query}")
    assert tried > 120
    assert not empty, "\n".join(empty)
