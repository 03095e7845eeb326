"""The metric catalogue: what a rule or a dashboard may read, where its name was read, its budget of series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from catalogue.data_file import CatalogueError, Record, display_name, read_yaml, validate

FOLDER: Final = Path(__file__).parent / "metrics"
FLEET_NAME: Final = "fleet.yaml"
RECORDED_NAME: Final = "recorded.yaml"

Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Text, ...], Field(strict=False)]
MetricType = Literal["gauge", "counter", "histogram"]
Unit = Literal[
    "cluster", "node", "gpu", "pool", "namespace", "deployment", "pod", "model", "serving", "replica", "queue",
    "store", "index",
]  # fmt: skip
"""What of a fleet a metric has so many series for."""


class _Entry(Record):
    type: MetricType
    unit: Text
    series: Annotated[int, Field(gt=0)]
    labels: Names | None = None
    per: Unit | None = None
    only: Text | None = None
    """Where alone it is told, if not everywhere."""


class _Exporter(Record):
    exporter: Text
    version: Text
    source: Text
    verified: date
    per: Unit
    labels: Names | None = None
    """Of all its metrics, where they have the same."""
    metrics: Mapping[str, _Entry]


class _Fleet(Record):
    as_of: date
    sources: Names
    units: Mapping[Unit, Annotated[int, Field(gt=0)]]

    @model_validator(mode="after")
    def _has_every_unit(self) -> _Fleet:
        missing = sorted(set(Unit.__args__) - set(self.units))
        if missing:
            raise ValueError(f"units: lacks {', '.join(missing)}")
        return self


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as it is in Prometheus."""

    name: str
    """Of a histogram without _bucket, _sum and _count."""
    type: MetricType
    unit: str
    labels: tuple[str, ...]
    """That the exporter gives it; those of the scraped target (namespace, pod, model, …) come to them."""
    per: Unit
    series: int
    """For one `per`, at most; of a histogram with all its buckets."""
    exporter: str
    """Its file in observability/metrics."""

    @property
    def budget(self) -> int:
        """Series in the fleet that budgets are stated for."""
        return self.series * fleet()[self.per]

    @property
    def series_names(self) -> tuple[str, ...]:
        """Names that its series have."""
        if self.type == "histogram":
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)


@cache
def fleet() -> Mapping[Unit, int]:
    """How many of each unit the fleet has that budgets are stated for."""
    path = FOLDER / FLEET_NAME
    return MappingProxyType(dict(validate(path, read_yaml(path), _Fleet).units))


@cache
def load_metrics() -> Mapping[str, Metric]:
    """Every metric by name, raw and recorded; CatalogueError for a name that two exporters claim."""
    metrics: dict[str, Metric] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name == FLEET_NAME:
            continue
        content = validate(path, read_yaml(path), _Exporter)
        for name, entry in content.metrics.items():
            if name in metrics:
                raise CatalogueError(f"{display_name(path)}: metrics.{name}: stands in {metrics[name].exporter} too")
            metrics[name] = Metric(
                name=name,
                type=entry.type,
                unit=entry.unit,
                labels=entry.labels if entry.labels is not None else content.labels or (),
                per=entry.per or content.per,
                series=entry.series,
                exporter=path.stem,
            )
    return MappingProxyType(metrics)


def recorded_metrics() -> Mapping[str, Metric]:
    """What the recording rules make."""
    return {name: metric for name, metric in load_metrics().items() if metric.exporter == Path(RECORDED_NAME).stem}


@cache
def metrics_by_series_name() -> Mapping[str, Metric]:
    """Every metric by the names that its series have."""
    return MappingProxyType({name: metric for metric in load_metrics().values() for name in metric.series_names})


def series_budget() -> int:
    """Series of the fleet that budgets are stated for, its models served by the engine that tells most."""
    by_exporter: dict[str, int] = {}
    of_engines: dict[str, int] = {}
    for metric in load_metrics().values():
        sums = of_engines if metric.per == "replica" and metric.exporter != Path(RECORDED_NAME).stem else by_exporter
        sums[metric.exporter] = sums.get(metric.exporter, 0) + metric.budget
    return sum(by_exporter.values()) + max(of_engines.values())
