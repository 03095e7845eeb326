"""Where a chart is taken from: its own repository, or the mirror that takes the place of all of them."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.charts import Chart


@dataclass(frozen=True)
class ChartSource:
    """A chart as a Helm release names it."""

    chart: str
    """Name in the repository, `oci://` reference, or path."""
    repository: str | None = None
    version: str | None = None
    """None for a path, which holds one version."""


def chart_source(chart: Chart, mirror: str | None = None) -> ChartSource:
    """Where to take a chart from; paths are relative to the program's working directory, stacks/."""
    if chart.is_first_party:
        return ChartSource(f"../{chart.source}")
    if mirror is not None and mirror.startswith("oci://"):
        return ChartSource(f"{mirror}/{chart.chart}", version=chart.version)
    if mirror is not None:
        return ChartSource(f"{mirror.rstrip('/')}/{chart.file_name}")
    if chart.source.startswith("oci://"):
        return ChartSource(chart.source, version=chart.version)
    return ChartSource(chart.chart, repository=chart.source, version=chart.version)
