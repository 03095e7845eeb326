"""What every panel is made of: the data source, queries with their letters, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Whatever the variable `datasource` chooses: Prometheus in the cluster, or Amazon Managed Prometheus."""

PanelBuilder = Builder[models.Panel]
Steps = Sequence[tuple[str, float]]
"""Thresholds above the first colour: (colour, from which value on)."""


@dataclass(frozen=True)
class Query:
    """One query of a panel, and how its series are called."""

    expr: str
    legend: str = ""
    """Grafana's template: {{model}} is the label's value."""

    def build(self, ref: str, *, instant: bool = False, table_rows: bool = False) -> prometheus.Dataquery:
        """Grafana's target with the given reference letter."""
        query = prometheus.Dataquery().ref_id(ref).expr(self.expr).datasource(DATASOURCE)
        if self.legend:
            query = query.legend_format(self.legend)
        query = query.instant() if instant else query.range()
        return query.format(PromQueryFormat.TABLE if table_rows else PromQueryFormat.TIME_SERIES)


def targets(queries: Sequence[Query]) -> list[prometheus.Dataquery]:
    """The queries with the letters A, B, C, ..."""
    return [query.build(chr(ord("A") + index)) for index, query in enumerate(queries)]


def thresholds(first: str, steps: Steps) -> builders.ThresholdsConfig:
    """Absolute thresholds: `first` below all steps."""
    return (
        builders.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(color=first), *(models.Threshold(value=value, color=color) for color, value in steps)])
    )
