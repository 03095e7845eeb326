"""Dashboards' files are what Python writes, and Grafana can lay them out. Whether Grafana draws them is not tried."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.__main__ import FOLDER
from observability.dashboards.library import DASHBOARDS, encode, render
from observability.preview.dashboard_file import DashboardFile
from observability.preview.palette import STATUS
from observability.preview.units import UNITS

UNREAD = {"state-timeline", "heatmap"}
"""Panels whose `custom` grafana-foundation-sdk 10.1 writes and does not read."""
ASKED_FOR = {
    "platform-overview",
    "gpu-fleet",
    "model",
    "training-queues",
    "vector-database",
    "model-quality",
    "spot-capacity",
    "cost",
    "gateway",
}


def texts() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object in some JSON."""
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in objects(inner))]
    return [found for inner in value for found in objects(inner)] if isinstance(value, list) else []


def test_files_are_what_python_writes() -> None:
    assert {path.name: path.read_text() for path in texts()} == render(), "run python -m observability.dashboards"


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.stem)
def test_the_model_of_grafana_reads_what_is_written(path: Path) -> None:
    """Grafana's own generated types drop what they don't know."""
    register_default_plugins()
    written = json.loads(path.read_text())
    read = json.loads(encode(Dashboard.from_json(written)))
    for panel in (*written["panels"], *read["panels"]):
        if panel["type"] in UNREAD:
            panel["fieldConfig"]["defaults"].pop("custom", None)
    assert read == written


def test_every_dashboard_is_there() -> None:
    assert set(DASHBOARDS) == ASKED_FOR


def test_identities_are_unique(boards: list[DashboardFile]) -> None:
    assert Counter(b.uid for b in boards).most_common(1)[0][1] == 1
    assert Counter(b.title for b in boards).most_common(1)[0][1] == 1
    for board in boards:
        assert len(board.uid) <= 40, "Grafana refuses longer ones"
        assert len({panel.identity for panel in board.panels}) == len(board.panels), board.title


def test_panels_lie_on_the_grid_without_touching_each_other(boards: list[DashboardFile]) -> None:
    for board in boards:
        taken: dict[tuple[int, int], str] = {}
        for panel in board.panels:
            assert panel.x + panel.width <= 24, f"{board.title}: {panel.title}"
            for cell in ((panel.x + x, panel.y + y) for x in range(panel.width) for y in range(panel.height)):
                assert cell not in taken, f"{board.title}: {panel.title} lies on {taken[cell]}"
                taken[cell] = panel.title


def test_every_panel_says_what_it_is_there_for(boards: list[DashboardFile]) -> None:
    for board in boards:
        panels = [panel for panel in board.panels if panel.kind != "row"]
        assert panels
        for panel in panels:
            where = f"{board.title}: {panel.title}"
            assert len(panel.description) > 10, where
            assert panel.description.endswith((".", "?")), where
            assert panel.targets, where


def test_units_and_colours_are_known(boards: list[DashboardFile]) -> None:
    for board in boards:
        for panel in board.panels:
            for field in (panel.field, *panel.overrides.values()):
                assert field.unit in UNITS, f"{board.title}: {panel.title}"
                colors = {color for _, color in field.steps} | {c for _, c in (field.names or {}).values()}
                assert colors <= {*STATUS, "transparent"}, f"{board.title}: {panel.title}"


def test_thresholds_rise(boards: list[DashboardFile]) -> None:
    for board in boards:
        for panel in board.panels:
            for field in (panel.field, *panel.overrides.values()):
                values = [value for value, _ in field.steps]
                assert values[:1] in ([], [None]), f"{board.title}: {panel.title}"
                later = [value for value in values[1:] if value is not None]
                assert later == sorted(set(later)), f"{board.title}: {panel.title}"


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.stem)
def test_everything_asks_the_chosen_data_source(path: Path) -> None:
    sources = [found["datasource"] for found in objects(json.loads(path.read_text())) if "datasource" in found]
    assert len(sources) > 5
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.stem)
def test_links_lead_to_a_dashboard_that_has_the_variable(path: Path, boards: list[DashboardFile]) -> None:
    variables = {board.uid: {variable.name for variable in board.variables} for board in boards}
    for uid, variable in re.findall(r"/d/([\w-]+)\?[^\"]*var-(\w+)=", path.read_text()):
        assert variable in variables[uid], f"{path.name}: {uid} has no variable {variable}"


def test_tables_name_every_column_once(boards: list[DashboardFile]) -> None:
    for board in boards:
        for panel in board.panels:
            if panel.kind == "table":
                titles = panel.transformations[-1]["options"]["renameByName"]
                letters = [target.ref for target in panel.targets]
                wanted = ["Value"] if len(letters) == 1 else [f"Value #{letter}" for letter in letters]
                assert list(titles) == wanted, f"{board.title}: {panel.title}"
                assert len(set(titles.values())) == len(titles), f"{board.title}: {panel.title}"
                assert panel.sort is None or panel.sort[0] in titles.values(), f"{board.title}: {panel.title}"
