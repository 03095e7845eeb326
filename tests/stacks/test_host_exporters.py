"""Who exports the GPUs of hosts: one of the host's service and the GPU Operator, in the export and in the charts."""

from __future__ import annotations

import pytest

from components.naming import host_selector
from stacks.gpu_hosts import gpu_exporter, scraped_hosts
from stacks.settings import Settings
from tests.preflight.staging import staging
from tests.stacks.test_workload_values import values


def with_releases(*releases: str, hosts: bool) -> Settings:
    """A stack file's settings with these releases, with hosts or without."""
    settings = staging()
    charts = settings.charts.model_copy(update={"releases": releases})
    return settings.model_copy(
        update={"charts": charts, "dedicated_hosts": (object(),) if hosts else (), "hybrid_nodes": None}
    )


@pytest.mark.parametrize(
    ("release", "hosts", "exporter", "scraped"),
    [
        ("dcgm-exporter", True, "host", True),
        ("dcgm-exporter", False, "host", False),
        ("gpu-operator", True, "cluster", False),
    ],
)
def test_hosts_are_scraped_where_nobody_else_does(release: str, hosts: bool, exporter: str, scraped: bool) -> None:
    settings = with_releases(release, hosts=hosts)
    assert (gpu_exporter(settings), scraped_hosts(settings)) == (exporter, scraped)


@pytest.mark.parametrize("there", [True, False])
def test_the_chart_is_told_of_hosts(there: bool) -> None:
    assert values(host_exporters=there)["monitoring"]["hostExporters"] == {"enabled": there, "nodes": host_selector()}
