"""A dashboard as its JSON has it: panels, queries, thresholds, variables. What the preview draws, and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """One query of a panel."""

    ref: str
    expr: str
    legend: str
    instant: bool


@dataclass(frozen=True)
class Field:
    """How values are shown: unit, decimals, limits, colours, names of values."""

    unit: str = "short"
    decimals: int | None = None
    smallest: float | None = None
    largest: float | None = None
    steps: Sequence[tuple[float | None, str]] = ()
    """Thresholds as (from which value on, colour); the first has no value."""
    by_threshold: bool = False
    names: Mapping[str, tuple[str, str]] | None = None
    """Text and colour of single values."""
    missing: str = "no data"
    stacked: bool = False
    limits_drawn: bool = False
    links: Sequence[str] = ()

    def color(self, value: float) -> str | None:
        """Grafana's name of the colour that the thresholds give a value."""
        found = None
        for start, color in self.steps:
            if start is None or value >= start:
                found = color
        return found


@dataclass(frozen=True)
class Panel:
    """One panel with its place on Grafana's grid of 24 columns."""

    identity: int
    kind: str
    title: str
    description: str
    x: int
    y: int
    width: int
    height: int
    targets: Sequence[Target]
    field: Field
    overrides: Mapping[str, Field]
    """Fields that are shown in their own way, by their name."""
    transformations: Sequence[Json]
    sort: tuple[str, bool] | None
    """A table's column and whether its largest value comes first."""


@dataclass(frozen=True)
class Variable:
    """A variable of the dashboard, and what its values come from."""

    name: str
    label: str
    query: str
    several: bool
    all_value: str | None


@dataclass(frozen=True)
class DashboardFile:
    """A whole dashboard."""

    uid: str
    title: str
    description: str
    hours: float
    panels: Sequence[Panel]
    variables: Sequence[Variable]
    annotations: Sequence[str]
    """Queries whose series mark times in every chart."""


def read(path: Path) -> DashboardFile:
    """The dashboard in a file."""
    data: Json = json.loads(path.read_text())
    start = str(data["time"]["from"])
    if not (start.startswith("now-") and start.endswith("h")):
        raise ValueError(f"{path.name}: starts at {start}; only now-<hours>h is understood")
    return DashboardFile(
        uid=data["uid"],
        title=data["title"],
        description=data.get("description", ""),
        hours=float(start.removeprefix("now-").removesuffix("h")),
        panels=[panel(entry) for entry in data["panels"]],
        variables=[variable(v) for v in data["templating"]["list"] if v["type"] == "query"],
        annotations=[a["expr"] for a in data["annotations"]["list"] if a.get("enable") and a.get("expr")],
    )


def variable(data: Json) -> Variable:
    """A variable of the type query."""
    query: str = data["query"]["query"] if isinstance(data["query"], dict) else data["query"]
    return Variable(
        data["name"], data.get("label") or data["name"], query, bool(data.get("multi")), data.get("allValue")
    )


def panel(data: Json) -> Panel:
    """A panel or a row's heading."""
    place = data["gridPos"]
    config: Json = data.get("fieldConfig", {})
    defaults = field(config.get("defaults", {}))
    sort_by = data.get("options", {}).get("sortBy") or []
    return Panel(
        identity=data["id"],
        kind=data["type"],
        title=data.get("title", ""),
        description=data.get("description", ""),
        x=place["x"],
        y=place["y"],
        width=place["w"],
        height=place["h"],
        targets=[
            Target(t["refId"], t["expr"], t.get("legendFormat", ""), bool(t.get("instant")))
            for t in data.get("targets", [])
        ],
        field=defaults,
        overrides=overridden(config),
        transformations=data.get("transformations", []),
        sort=(sort_by[0]["displayName"], bool(sort_by[0].get("desc"))) if sort_by else None,
    )


def overridden(config: Json) -> dict[str, Field]:
    """Fields with their own appearance: Grafana's overrides by name, several for one name added up."""
    found: dict[str, dict[str, Any]] = {}
    for entry in config.get("overrides", []):
        if entry["matcher"]["id"] != "byName":
            raise ValueError(f"overrides {entry['matcher']['id']} are not understood, only byName")
        properties = found.setdefault(entry["matcher"]["options"], dict(config.get("defaults", {})))
        properties.update({p["id"]: p["value"] for p in entry["properties"]})
    return {name: field(properties) for name, properties in found.items()}


def field(data: Json) -> Field:
    """Grafana's field configuration."""
    custom: Json = data.get("custom", {})
    names: dict[str, tuple[str, str]] = {}
    for mapping in data.get("mappings", []):
        if mapping["type"] == "value":
            names |= {value: (r["text"], r["color"]) for value, r in mapping["options"].items()}
    return Field(
        unit=data.get("unit", "short"),
        decimals=data.get("decimals"),
        smallest=data.get("min"),
        largest=data.get("max"),
        steps=[(step.get("value"), step["color"]) for step in data.get("thresholds", {}).get("steps", [])],
        by_threshold=data.get("color", {}).get("mode") == "thresholds",
        names=names or None,
        missing=data.get("noValue", "no data"),
        stacked=custom.get("stacking", {}).get("mode") == "normal",
        limits_drawn=custom.get("thresholdsStyle", {}).get("mode") == "dashed",
        links=[link["url"] for link in data.get("links", [])],
    )
