"""Recording rules by promtool, on synthetic series: recording/*.yaml, in promtool's own format, say what must come out.

What they prove is arithmetic: that an exporter tells series of these names is the metric catalogue's to say.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from observability import burn_rates, prices
from observability.burn_rates import RULES_FOLDER
from tests.observability.alert_rules import promtool, seconds

FILES = sorted((Path(__file__).parent / "recording").glob("*.yaml"))
RULE_FILES = sorted(RULES_FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_series_come_out_as_said(file: Path) -> None:
    ran = promtool("test", "rules", file)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda path: path.stem)
def test_prometheus_takes_the_file(file: Path) -> None:
    ran = promtool("check", "rules", "--lint-fatal", file)
    assert ran.returncode == 0, ran.stdout


def means() -> dict[str, tuple[str, str, int]]:
    """Expressions that divide the sum of a subquery by the number of its steps: the series, and seconds of a step."""
    found: dict[str, tuple[str, str, int]] = {}
    for path in RULE_FILES:
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                if match := re.fullmatch(r"sum_over_time\(([\w:]+)\[\w+:(\w+)\]\) / \d+\n", rule["expr"]):
                    found[rule["record"]] = (rule["expr"], match[1], seconds(match[2]))
    return found


@pytest.mark.parametrize("record", means())
def test_a_mean_of_an_hour_does_not_go_by_when_its_group_is_evaluated(record: str, tmp_path: Path) -> None:
    """Prometheus evaluates a group anywhere in its interval, and the steps of a subquery lie at whole ones.

    Debian's promtool counts the first point of a range, Prometheus 3 does not: no step that lies there may be asked.
    """
    expression, series, step = means()[record]
    offsets = {0, 1, step // 2 - 1, step // 2, step // 2 + 1, step - 2}
    checks = [
        {"expr": expression, "eval_time": f"{7200 + offset}s", "exp_samples": [{"labels": "{}", "value": 12}]}
        for offset in sorted(offsets)
    ]
    held = {"interval": "1m", "input_series": [{"series": series, "values": "12x200"}], "promql_expr_test": checks}
    tests = tmp_path / "tests.yaml"
    tests.write_text(yaml.safe_dump({"tests": [held]}), "utf-8")
    ran = promtool("test", "rules", tests)
    assert ran.returncode == 0, ran.stdout


def test_every_recorded_series_is_looked_at() -> None:
    recorded = {
        rule["record"]
        for path in RULE_FILES
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    looked_at = {
        name
        for path in FILES
        for case in yaml.safe_load(path.read_text("utf-8"))["tests"]
        for check in case["promql_expr_test"]
        for name in re.findall(r"[a-z_]+(?::[a-z0-9_]+)+|gpu_price_dollars_per_hour", check["expr"])
    }
    assert recorded <= looked_at


def test_groups_have_names_of_their_own() -> None:
    names = [group["name"] for path in RULE_FILES for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    assert len(set(names)) == len(names)


def test_generated_files_are_what_would_be_written() -> None:
    assert burn_rates.RECORDING_FILE.read_text("utf-8") == burn_rates.recording_rules(), (
        "python -m observability.burn_rates"
    )
    assert burn_rates.ALERTS_FILE.read_text("utf-8") == burn_rates.alert_rules(), "python -m observability.burn_rates"
    assert prices.RULES_FILE.read_text("utf-8") == prices.price_rules(), "python -m observability.prices"


def test_a_gpu_costs_its_share_of_the_machine() -> None:
    found = prices.gpu_prices()
    assert found["g6.xlarge"] == pytest.approx(0.8048)
    assert found["g6.12xlarge"] == pytest.approx(4.6016 / 4)
    assert all(price > 0 for price in found.values())
    assert "m7i.large" not in found
