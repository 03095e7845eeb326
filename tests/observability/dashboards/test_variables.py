"""Variables offer what Prometheus has, narrow what panels show, and are written into queries as Grafana writes them."""

from __future__ import annotations

import re

import pytest

from observability.preview.dashboard_file import DashboardFile, Variable
from observability.preview.interpolation import interpolate, offered
from observability.preview.prometheus_api import PrometheusApi, Window
from observability.preview.render import Chosen, choose

pytestmark = pytest.mark.xdist_group("dashboards")

WINDOW = Window(0, 3600, 60)
TEAM = Variable("team", "team", "label_values(up, team)", several=True, all_value=".*")
MODEL = Variable("model", "model", 'label_values(up{team=~"$team"}, model)', several=False, all_value=None)


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        (None, 'up{team=~".*"}'),
        (["search"], 'up{team=~"search"}'),
        (["search", "vision"], 'up{team=~"(search|vision)"}'),
        (["a.b"], 'up{team=~"a\\\\.b"}'),
        (['say "hi"'], 'up{team=~"say \\"hi\\""}'),
    ],
)
def test_several_values_are_a_regular_expression(chosen: list[str] | None, written: str) -> None:
    assert interpolate('up{team=~"$team"}', [TEAM], {"team": chosen}, WINDOW) == written


def test_a_single_value_is_written_as_it_is() -> None:
    assert interpolate('up{model="$model"}', [MODEL], {"model": ["a.b"]}, WINDOW) == 'up{model="a.b"}'


def test_times_are_written_as_durations() -> None:
    text = interpolate("[$__range] $__range_s [$__rate_interval] ${__interval}", [], {}, WINDOW)
    assert text == "[3600s] 3600 [120s] 60s"


def test_an_unknown_variable_is_a_fault() -> None:
    with pytest.raises(KeyError, match="no variable"):
        interpolate("up{a=~'$nobody'}", [TEAM], {}, WINDOW)


def test_every_variable_is_used_by_its_dashboard(boards: list[DashboardFile]) -> None:
    for board in boards:
        used = " ".join(target.expr for panel in board.panels for target in panel.targets)
        for variable in board.variables:
            assert re.search(rf"\${variable.name}\b", used), f"{board.title}: nothing asks for ${variable.name}"


def test_every_variable_offers_values(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    for board in boards:
        chosen = choose(day, board, end, None, {})
        for variable in board.variables:
            assert chosen.options[variable.name], f"{board.title}: ${variable.name}"
            assert "" not in chosen.options[variable.name]


def test_a_variable_narrows_those_after_it(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    fleet = next(board for board in boards if board.uid == "llm-gpu-fleet")
    chosen = choose(day, fleet, end, None, {"pool": ["spot"]})
    assert chosen.options["node"] == ["spot-1", "spot-2", "spot-3", "spot-4"]
    assert chosen.options["gpu_model"] == ["NVIDIA L40S"]


def test_what_is_not_offered_is_not_chosen(day: PrometheusApi, end: float) -> None:
    variable = Variable("pool", "pool", "label_values(pool:nodes:count, pool)", several=True, all_value=".*")
    window = Window(end - 3600, end, 60)
    _, values = offered(day, [variable], {"pool": ["nowhere"]}, window)
    assert values == {"pool": None}


def shown(chosen: Chosen) -> set[tuple[int, tuple[tuple[str, str], ...], float]]:
    """Every panel's series with their last values."""
    return {
        (panel.identity, tuple(sorted(series.labels.items())), series.points[-1][1])
        for panel in chosen.board.panels
        for target in panel.targets
        for series in chosen.ask(target)
        if series.points
    }


def test_every_variable_changes_what_is_shown(day: PrometheusApi, end: float, boards: list[DashboardFile]) -> None:
    for board in boards:
        everything = shown(choose(day, board, end, None, {}))
        for variable in board.variables:
            options = choose(day, board, end, None, {}).options[variable.name]
            if len(options) > 1:
                one = shown(choose(day, board, end, None, {variable.name: [options[-1]]}))
                assert one != everything, f"{board.title}: ${variable.name}"
                assert one, f"{board.title}: nothing is left with ${variable.name}={options[-1]}"
