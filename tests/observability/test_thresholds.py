"""A threshold that an environment sets decides when its alert fires; rules, settings, catalogue and page know the same.

thresholds/*.yaml say when, in promtool's own format. How the stack file's reach the release is in tests/stacks.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from observability.catalogue import load_metrics
from observability.thresholds import threshold_group
from rehearsal.observe.story.capacity import WAITS
from stacks.sections.objectives import Between
from stacks.sections.thresholds import QUALITY_HOURS, ThresholdsSettings
from tests.observability.alert_rules import ROOT, AlertRule, alert_rules, cases, promtool

FILES = sorted((Path(__file__).parent / "thresholds").glob("*.yaml"))
READ = re.compile(r"scalar\(threshold:(\w+) or vector\(([\d.]+)\)\)")
ROW = re.compile(r"^\| `(\w+)` \| ([\d.]+) \| (.+) \| \[(\w+)\]\(runbooks/(\w+)\.md\): (.+) \|$", re.MULTILINE)
TIGHTER_IS_LARGER = {"certificate_days"}
"""Of which more alerts sooner; of all others less does."""


def read_by_rules() -> dict[str, tuple[AlertRule, float]]:
    """Which alert compares with a threshold, and the number that holds unless it is set."""
    return {name: (rule, float(number)) for rule in alert_rules() for name, number in READ.findall(rule.rule["expr"])}


def limits(name: str) -> Between:
    field = ThresholdsSettings.model_fields[name]
    (found,) = re.findall(r"Between\(minimum=(\S+), maximum=(\S+), unit='([^']+)'\)", repr(field.annotation))
    return Between(float(found[0]), float(found[1]), found[2])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_alerts_go_by_the_threshold_that_is_set(file: Path) -> None:
    result = promtool("test", "rules", file)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("name", "read"), read_by_rules().items(), ids=list(read_by_rules()))
def test_the_loosest_threshold_silences_what_fires_otherwise(
    name: str, read: tuple[AlertRule, float], tmp_path: Path
) -> None:
    rule, _ = read
    allowed = limits(name)
    loosest = allowed.minimum if name in TIGHTER_IS_LARGER else allowed.maximum
    firing = next(case.group for case in cases(rule) if case.kind == "fires")
    assert outcome(rule, firing, None, tmp_path)
    assert not outcome(rule, firing, (name, loosest), tmp_path)


def outcome(rule: AlertRule, group: dict[str, Any], threshold: tuple[str, float] | None, folder: Path) -> bool:
    """Whether the alert fires at all in one of its own tests, with a threshold beside its series."""
    silent = copy.deepcopy(group)
    silent["alert_rule_test"] = [{**check, "exp_alerts": []} for check in silent["alert_rule_test"]]
    if threshold is not None:
        name, value = threshold
        silent["input_series"].append({"series": f"threshold:{name}", "values": f"{value:g}x20000"})
    document = yaml.safe_load(rule.tests.read_text("utf-8"))
    document |= {"rule_files": [str(rule.file)], "tests": [silent]}
    (folder / "tests.yaml").write_text(yaml.safe_dump(document), "utf-8")
    result = promtool("test", "rules", folder / "tests.yaml")
    assert "SUCCESS" in result.stdout or "exp:[" in result.stdout, result.stdout
    return result.returncode != 0


@pytest.mark.parametrize(("name", "read"), read_by_rules().items(), ids=list(read_by_rules()))
def test_the_runbook_says_what_to_set(name: str, read: tuple[AlertRule, float]) -> None:
    page = (ROOT / "docs" / "runbooks" / f"{read[0].name}.md").read_text("utf-8")
    assert f"`{name}` of the [thresholds](../metrics.md#thresholds)" in page


def test_settings_rules_and_catalogue_have_the_same_thresholds() -> None:
    thresholds = set(read_by_rules())
    assert set(ThresholdsSettings.model_fields) == thresholds
    assert {name.partition(":")[2] for name in load_metrics() if name.startswith("threshold:")} == thresholds


def test_a_rule_reads_a_threshold_in_one_way_only() -> None:
    for rule in alert_rules():
        assert len(re.findall("threshold:", rule.rule["expr"])) == len(READ.findall(rule.rule["expr"])), rule.name


def test_a_wait_that_is_allowed_is_one_that_kueue_can_tell() -> None:
    """Of what waited for longer than the last bucket, a quantile says the last bucket."""
    longest = float(WAITS[-1])
    assert (
        len(WAITS) + len(("+Inf", "_sum", "_count")) == load_metrics()["kueue_admission_wait_time_seconds"].series / 4
    )
    assert limits("queue_wait_hours").maximum * 3600 < longest


def test_a_watch_that_says_nothing_is_stale_after_what_its_rule_says() -> None:
    assert read_by_rules()["quality_hours"][1] == QUALITY_HOURS


@pytest.mark.parametrize(("name", "read"), read_by_rules().items(), ids=list(read_by_rules()))
def test_the_number_in_the_rule_is_one_that_could_be_set(name: str, read: tuple[AlertRule, float]) -> None:
    allowed = limits(name)
    assert allowed.minimum <= read[1] <= allowed.maximum


def test_the_page_has_each_threshold_as_rules_and_settings_do() -> None:
    rows = ROW.findall((ROOT / "docs" / "metrics.md").read_text("utf-8"))
    written = {(name, float(number), allowed, alert, what) for name, number, allowed, alert, _, what in rows}
    expected: set[tuple[str, float, str, str, str]] = set()
    for name, (rule, number) in read_by_rules().items():
        allowed = limits(name)
        alert, _, what = (ThresholdsSettings.model_fields[name].description or "").partition(": ")
        assert alert == rule.name, f"{name}: its description names another alert"
        said = f"{allowed.unit} from {allowed.minimum:g} to {allowed.maximum:g}"
        expected.add((name, number, said, rule.name, what))
    assert written == expected
    assert all(alert == page for _, _, _, alert, page, _ in rows)


def test_what_is_set_becomes_constant_series() -> None:
    assert threshold_group({"queue_wait_hours": 10.0, "gpu_celsius": 82.5}) == {
        "name": "thresholds",
        "interval": "1m",
        "rules": [
            {"record": "threshold:gpu_celsius", "expr": "vector(82.5)"},
            {"record": "threshold:queue_wait_hours", "expr": "vector(10.0)"},
        ],
    }


def test_nothing_set_is_no_group() -> None:
    assert threshold_group({}) is None
