"""Dashboards over series that the real rules recorded: every query that reads only such series finds something.

The fleet is synthetic; its exporters tell what the metric catalogue says they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observability.catalogue import recorded_metrics
from observability.preview.dashboard_file import DashboardFile
from observability.preview.interpolation import interpolate
from observability.preview.prometheus_api import PrometheusApi
from observability.preview.render import choose
from tests.observability.dashboards.asked_selectors import Asked, metric
from tests.observability.dashboards.local_prometheus import complete, running
from tests.observability.synthetic_exporters import Fleet, configuration, exporting, write_rules

pytestmark = pytest.mark.xdist_group("dashboards")

FLEET = Fleet(gpus=24, models=4, queues=2, namespaces=4)
NOTHING_YET = {"GPUs held but idle", "GPUs to look at"}
"""A GPU is idle after half an hour; of the broken ones only the Xid is told."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PrometheusApi, float]]:
    """A Prometheus whose rules recorded all that they can, and when they had for some rounds."""
    folder: Path = tmp_path_factory.mktemp("fleet")
    with exporting(FLEET) as port:
        rules = write_rules(folder / "rules", FLEET, "1s", "[20s:1s]")
        with running(folder, configuration(port, rules, 1)) as api:

            def missing(when: float) -> list[str]:
                # Rates of what was recorded need more than one round.
                return [name for name in recorded_metrics() if not api.instant(f"{name} and {name} offset 3s", when)]

            yield api, complete(missing)


@pytest.mark.timeout(600)
def test_queries_over_recorded_series_find_something(
    fleet: tuple[PrometheusApi, float], asked: Asked, boards: list[DashboardFile]
) -> None:
    api, when = fleet
    recorded = set(recorded_metrics())
    tried = 0
    empty: list[str] = []
    for board in boards:
        chosen = choose(api, board, when, None, {})
        for panel in board.panels:
            for target in panel.targets:
                query = interpolate(target.expr, board.variables, chosen.values, chosen.window)
                if panel.title not in NOTHING_YET and {metric(found) for found in asked.selectors(query)} <= recorded:
                    tried += 1
                    if not any(series.points for series in api.instant(query, when)):
                        empty.append(f"{board.title}: {panel.title}: {query}")
    assert tried > 120
    assert not empty, "\n".join(empty)
