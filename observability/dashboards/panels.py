"""The kinds of panel that the dashboards are made of, over Grafana's own builders.

A panel names its query, its unit and what it is there for; everything else (colours, legends, sizes) stands here once.
"""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heatmaps
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from observability.dashboards.fields import DATASOURCE, PanelBuilder, Query, Steps, targets, thresholds


def number(
    title: str,
    description: str,
    expr: str,
    unit: str,
    *,
    first: str = "text",
    steps: Steps = (),
    span: int = 4,
    decimals: int | None = None,
    missing: str = "no data",
    whole_range: bool = False,
) -> PanelBuilder:
    """One number with its recent course behind it.

    `whole_range` asks once, at the end: for queries over all of the time shown, which as a course would be asked for
    once per point, each over another past.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(Query(expr).build("A", instant=whole_range))
        .unit(unit)
        .span(span)
        .height(4)
        .graph_mode(options.BigValueGraphMode.NONE if whole_range else options.BigValueGraphMode.AREA)
        .color_mode(options.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(builders.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .thresholds(thresholds(first, steps))
        .no_value(missing)
    )
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    *,
    span: int = 12,
    stacked: bool = False,
    smallest: float | None = 0,
    largest: float | None = None,
    limit: float | None = None,
) -> PanelBuilder:
    """Series over time; `limit` draws the line that should not be crossed."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .targets(list(targets(queries)))
        .unit(unit)
        .span(span)
        .height(8)
        .line_width(2)
        .fill_opacity(25 if stacked else 0)
        .show_points(options.VisibilityMode.NEVER)
        .color_scheme(builders.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if smallest is not None:
        panel = panel.min(smallest)
    if largest is not None:
        panel = panel.max(largest)
    if limit is not None:
        panel = panel.thresholds(thresholds("transparent", [("red", limit)])).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphTresholdsStyleMode.DASHED)
        )
    return panel


def bars(
    title: str,
    description: str,
    query: Query,
    unit: str,
    *,
    span: int = 8,
    largest: float | None = None,
    first: str = "blue",
    steps: Steps = (),
) -> PanelBuilder:
    """The latest value of each series as a horizontal bar."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(query.build("A", instant=True))
        .unit(unit)
        .span(span)
        .height(8)
        .min(0)
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(builders.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .thresholds(thresholds(first, steps))
    )
    return panel if largest is None else panel.max(largest)


def states(
    title: str,
    description: str,
    query: Query,
    names: dict[int, tuple[str, str]],
    *,
    other: str = "text",
    span: int = 24,
    height: int = 8,
) -> PanelBuilder:
    """One lane per series that says in which state it was when.

    `names` gives text and colour of each value, `other` the colour of those without a name.
    """
    mapping = models.ValueMap(
        options={
            str(value): models.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(names.items())
        }
    )
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(query.build("A"))
        .span(span)
        .height(height)
        .mappings([mapping])
        .thresholds(thresholds(other, []))
        .show_value(options.VisibilityMode.AUTO)
        .color_scheme(builders.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )


def distribution(title: str, description: str, expr: str, unit: str, *, span: int = 12) -> PanelBuilder:
    """How a histogram's observations lie over time; `expr` is a rate by `le`."""
    query = Query(expr, "{{le}}").build("A").format(PromQueryFormat.HEATMAP)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(query)
        .span(span)
        .height(8)
        .color(heatmap.HeatmapColorOptions().mode(heatmaps.HeatmapColorMode.SCHEME).scheme("Blues").steps(64))
        .y_axis(heatmap.YAxisConfig().unit(unit))
    )
