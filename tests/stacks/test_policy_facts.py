"""The facts that the policy pack carries are those of the catalogue and of the lock of charts.

Does not prove the figures themselves.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.charts import VALUES_FOLDER, load_charts
from catalogue.instance_types import load_instance_types
from policies import chart_facts, instance_facts
from stacks import policy_facts


def test_facts_are_up_to_date() -> None:
    assert policy_facts.stale() == [], "run `python -m stacks.policy_facts`"


def test_check_names_a_stale_file_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(policy_facts, "FOLDER", tmp_path / "facts")

    assert policy_facts.main(["--check"]) == 1
    assert "policies/facts/charts.yaml: is stale: run `python -m stacks.policy_facts`" in capsys.readouterr().err
    assert policy_facts.main([]) == 0
    assert policy_facts.main(["--check"]) == 0
    (tmp_path / "facts" / "charts.yaml").write_text("charts: {}\n", encoding="utf-8")
    assert policy_facts.main(["--check"]) == 1


def test_every_instance_type_has_its_accelerators_and_price() -> None:
    known = load_instance_types()
    read = {name: instance_facts.facts_of(name) for name in known}

    assert set(instance_facts.all_facts()) == set(known)
    assert {name: (facts.gpus, facts.usd_per_hour, facts.efa_interfaces) for name, facts in read.items() if facts} == {
        name: (each.gpus, each.on_demand_usd_per_hour, each.efa_interfaces) for name, each in known.items()
    }
    assert {name: facts.resource for name, facts in read.items() if facts and facts.resource} == {
        name: each.accelerator.resource_name for name, each in known.items() if each.accelerator
    }
    assert instance_facts.facts_of("x9.enormous") is None


def test_every_upstream_chart_has_its_version_and_source() -> None:
    upstream = {name: chart for name, chart in load_charts().charts.items() if not chart.is_first_party}

    assert {
        name: (chart.chart, chart.version, chart.source) for name, chart in chart_facts.locked_charts().items()
    } == {name: (chart.chart, chart.version, chart.source) for name, chart in upstream.items()}
    assert chart_facts.facts_of("nobodys") is None


def test_own_charts_are_folders_of_the_project() -> None:
    paths = {chart.path for chart in chart_facts.own_charts().values()}
    assert paths >= {"charts/embedding", "charts/model-server", "charts/monitoring"}
    assert paths == {f"charts/{path.parent.name}" for path in (VALUES_FOLDER.parent / "charts").glob("*/Chart.yaml")}
    assert all(chart.version for chart in chart_facts.own_charts().values())
