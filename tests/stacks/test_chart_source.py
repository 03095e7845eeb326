"""Where a chart is taken from. Does not prove that the chart is there: the rehearsal resolves it."""

from __future__ import annotations

import pytest

from catalogue.charts import Chart, load_charts
from components.helm_release import HelmReleaseArgs
from stacks.chart_source import ChartSource, chart_source


def chart(release: str) -> Chart:
    return load_charts().charts[release]


def test_an_oci_chart_is_named_as_a_whole():
    karpenter = chart("karpenter")
    assert chart_source(karpenter) == ChartSource("oci://public.ecr.aws/karpenter/karpenter", version=karpenter.version)


def test_a_chart_of_a_repository_is_named_beside_it():
    keda = chart("keda")
    assert chart_source(keda) == ChartSource(
        "keda", repository="https://kedacore.github.io/charts", version=keda.version
    )


@pytest.mark.parametrize("release", ["karpenter", "keda"])
def test_a_registry_takes_the_place_of_every_source(release: str):
    wanted = chart(release)
    mirror = "oci://registry.example.com/charts"
    assert chart_source(wanted, mirror) == ChartSource(f"{mirror}/{release}", version=wanted.version)


@pytest.mark.parametrize("folder", ["../charts-mirror", "../charts-mirror/"])
def test_a_folder_holds_one_file_per_version(folder: str):
    keda = chart("keda")
    assert chart_source(keda, folder) == ChartSource(f"../charts-mirror/keda-{keda.version}.tgz")


@pytest.mark.parametrize("mirror", [None, "oci://registry.example.com/charts", "../charts-mirror", "/srv/charts"])
def test_every_source_makes_a_pinned_release(mirror: str | None):
    for upstream in load_charts().charts.values():
        if not upstream.is_first_party:
            source = chart_source(upstream, mirror)
            args = HelmReleaseArgs(
                release=upstream.release,
                namespace=upstream.namespace,
                chart=source.chart,
                repository=source.repository,
                version=source.version,
            )
            assert upstream.version in (args.version or args.chart)
