"""Tables: one row for each combination of some labels, one column for each query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import dashboard as models

from observability.dashboards.fields import DATASOURCE, PanelBuilder, Query, Steps, thresholds


@dataclass(frozen=True)
class Column:
    """One column of numbers in a table."""

    title: str
    expr: str
    unit: str = "short"
    decimals: int | None = None
    steps: Steps = ()
    first: str = "text"
    """Colour below the first step."""


@dataclass(frozen=True)
class Link:
    """A link from a table's column to another dashboard, with the row's value as its variable."""

    column: str
    uid: str
    variable: str


def rows(
    title: str,
    description: str,
    keys: Sequence[str],
    columns: Sequence[Column],
    *,
    span: int = 24,
    height: int = 8,
    links: Sequence[Link] = (),
    descending: str | None = None,
) -> PanelBuilder:
    """A table with one row for each combination of the labels in `keys`, which every column's query keeps."""
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(span)
        .height(height)
        .show_header(True)
        .targets([Query(c.expr).build(chr(ord("A") + i), instant=True, table_rows=True) for i, c in enumerate(columns)])
    )
    # Grafana calls the value of a table's only query just Value.
    names = ["Value"] if len(columns) == 1 else [f"Value #{chr(ord('A') + i)}" for i in range(len(columns))]
    panel = panel.transformations(
        [
            models.DataTransformerConfig(id_val="merge", options={}),
            models.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {name: index for index, name in enumerate([*keys, *names])},
                    "renameByName": dict(zip(names, (c.title for c in columns), strict=True)),
                },
            ),
        ]
    )
    for column in columns:
        panel = panel.override_by_name(column.title, appearance(column))
    for link in links:
        address = f"/d/{link.uid}?${{__url_time_range}}&var-{link.variable}=${{__value.text}}"
        panel = panel.override_by_name(
            link.column,
            [models.DynamicConfigValue(id_val="links", value=[{"title": f"Show this {link.column}", "url": address}])],
        )
    if descending:
        panel = panel.sort_by([common.TableSortByFieldState().display_name(descending).desc(True)])
    return panel


def appearance(column: Column) -> list[models.DynamicConfigValue]:
    """Unit and colours of a column, as Grafana's overrides."""
    properties = [models.DynamicConfigValue(id_val="unit", value=column.unit)]
    if column.decimals is not None:
        properties.append(models.DynamicConfigValue(id_val="decimals", value=column.decimals))
    if column.steps:
        properties += [
            models.DynamicConfigValue(id_val="thresholds", value=thresholds(column.first, column.steps).build()),
            models.DynamicConfigValue(id_val="color", value={"mode": "thresholds"}),
            models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
        ]
    return properties
