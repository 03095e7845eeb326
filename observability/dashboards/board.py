"""A dashboard's frame: its variables, its time range, links to the others, and alerts as annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from observability.dashboards.fields import DATASOURCE, PanelBuilder

TAG = "llm-platform"


@dataclass(frozen=True)
class Choice:
    """A variable whose values are those of a label of a metric."""

    name: str
    metric: str
    """A selector: may be narrowed by variables that stand before this one."""
    label: str = ""
    """The label, where it is not called as the variable."""
    several: bool = True
    """Several values or all of them; otherwise exactly one."""

    def build(self) -> builders.QueryVariable:
        """Grafana's variable, filled each time the dashboard's time range changes."""
        query = f"label_values({self.metric}, {self.label or self.name})"
        variable = (
            builders.QueryVariable(self.name)
            .label(self.name.replace("_", " "))
            .datasource(DATASOURCE)
            .query({"query": query, "refId": "StandardVariableQuery"})
            .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(models.VariableSort.ALPHABETICAL_ASC)
            .multi(self.several)
            .include_all(self.several)
        )
        if not self.several:
            return variable
        # .* and not .+: a series without the label belongs to "all" too.
        everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
        return variable.all_value(".*").current(everything)


@dataclass(frozen=True)
class Section:
    """A titled row of panels."""

    title: str
    panels: Sequence[PanelBuilder]


def board(
    uid: str, title: str, description: str, choices: Sequence[Choice], sections: Sequence[Section], *, hours: int = 6
) -> models.Dashboard:
    """A dashboard with everything that all of them have."""
    variables: list[Builder[models.VariableModel]] = [
        builders.DatasourceVariable("datasource")
        .label("data source")
        .type("prometheus")
        .current(models.VariableOption(selected=True, text="Prometheus", value="prometheus")),
        *(choice.build() for choice in choices),
    ]
    built = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .timezone("browser")
        .time(f"now-{hours}h", "now")
        .refresh("1m")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables(variables)
        .link(
            builders.DashboardLink("Other dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .keep_time(True)
        )
        .annotation(critical_alerts())
    )
    identity = 1
    for section in sections:
        built = built.with_row(builders.Row(section.title).id(identity))
        identity += 1
        for panel in section.panels:
            built = built.with_panel(Numbered(panel, identity))
            identity += 1
    return built.build()


def critical_alerts() -> builders.AnnotationQuery:
    """A mark in every chart from where a critical alert fired."""
    return (
        builders.AnnotationQuery()
        .name("Critical alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .hide(False)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing", severity="critical"}')
    )


@dataclass(frozen=True)
class Numbered(Builder[models.Panel]):
    """A panel with its number: links to single panels stay valid as long as the order does."""

    panel: PanelBuilder
    number: int

    def build(self) -> models.Panel:
        """The panel, numbered."""
        panel = self.panel.build()
        panel.id_val = self.number
        return panel
