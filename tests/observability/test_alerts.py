"""Each alert fires exactly when it should and stays silent otherwise, by promtool's own evaluation; each has a runbook.

Most series are those that the recording rules write; from_metrics/ has a few that go all the way.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.observability.alert_rules import (
    KINDS,
    ROOT,
    RULES,
    TESTS,
    AlertRule,
    alert_rules,
    cases,
    evaluation_seconds,
    promtool,
)

ALERTS = pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
SECTIONS = ["Symptom", "Check", "Fix", "Escalate"]


def test_promtool_accepts_the_rules() -> None:
    result = promtool("check", "rules", "--lint=all", "--lint-fatal", *sorted(RULES.glob("alerts-*.yaml")))
    assert result.returncode == 0, result.stdout


def test_each_name_stands_once() -> None:
    names = [rule.name for rule in alert_rules()]
    assert len(names) == len(set(names))
    assert len(names) > 50


@ALERTS
def test_alert_fires_and_stays_silent(rule: AlertRule) -> None:
    result = promtool("test", "rules", rule.tests)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("file", sorted((TESTS.parent / "from_metrics").glob("*.yaml")), ids=lambda file: file.stem)
def test_what_exporters_tell_ends_in_an_alert(file: Path) -> None:
    """Through the recording rules: that they write what the alerts read."""
    result = promtool("test", "rules", file)
    assert result.returncode == 0, result.stdout


@ALERTS
def test_alert_is_tried_in_every_way(rule: AlertRule) -> None:
    tried = cases(rule)
    assert {case.kind for case in tried} == set(KINDS)
    for case in tried:
        assert case.title, case
        assert case.group["input_series"], case.title
        assert all(check["alertname"] == rule.name for check in case.group["alert_rule_test"]), case.title
        numbers = [number for _, number in case.checks]
        if case.kind == "silent":
            assert not any(numbers), case.title
        if case.kind == "fires":
            assert any(numbers), case.title


@ALERTS
def test_it_is_said_to_the_evaluation_when_an_alert_begins(rule: AlertRule) -> None:
    step = evaluation_seconds(rule)
    begins = [
        later
        for case in cases(rule)
        if case.kind == "fires"
        for (earlier, none), (later, some) in zip(case.checks, case.checks[1:], strict=False)
        if later - earlier == step and not none and some
    ]
    assert begins, f"no test looks at {rule.name} one evaluation before it fires and when it does"


@ALERTS
def test_alert_says_what_a_person_needs(rule: AlertRule) -> None:
    labels, annotations = rule.rule["labels"], rule.rule["annotations"]
    assert set(labels) == {"severity", "owner"}
    assert labels["severity"] in ("critical", "warning", "info")
    assert labels["owner"] == "platform" or re.fullmatch(
        r'\{\{ or \$labels\.(team|llm_platform_team) "platform" \}\}', labels["owner"]
    )
    assert set(annotations) == {"summary", "description", "runbook"}
    assert re.search(r"\{\{ \$value( \| [^}]+)? \}\}", annotations["summary"])
    assert "\n" not in annotations["summary"]


@ALERTS
def test_runbook_stands(rule: AlertRule) -> None:
    runbook = rule.rule["annotations"]["runbook"]
    assert runbook == f"docs/runbooks/{rule.name}.md"
    text = (ROOT / runbook).read_text()
    assert text.startswith(f"# {rule.name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    for section in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert len(section.split()) > 5, f"{runbook}: a section says next to nothing"


def test_links_of_runbooks_lead_somewhere() -> None:
    for page in (ROOT / "docs/runbooks").glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).exists(), f"{page.name}: {link}"


def test_no_page_and_no_test_is_left_of_a_rule_that_is_gone() -> None:
    names = {rule.name for rule in alert_rules()}
    assert {file.stem for file in TESTS.glob("*.yaml")} == names
    pages = {file.stem for file in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}
    # The others are of CloudWatch and of budgets: tests/components/test_alarms.py looks at those.
    source = "".join(file.read_text() for file in (ROOT / "components").glob("*.py")) + "BudgetSpent"
    assert not [page for page in pages - names if page not in source]


def test_the_first_page_leads_to_all_others() -> None:
    folder = ROOT / "docs/runbooks"
    linked = re.findall(r"\[(\w+)\]\((\w+)\.md\)", (folder / "README.md").read_text())
    assert linked == sorted((page.stem, page.stem) for page in folder.glob("*.md") if page.stem != "README")


def test_fatal_codes_are_those_that_close_a_host() -> None:
    """A host of ours is closed by its own watcher, node_health; the alert is about the same codes."""
    known = yaml.safe_load((ROOT / "ansible/roles/node_health/vars/main.yml").read_text())["node_health_known_xids"]
    # The metric keeps the last code and no count, so codes that are tolerated a few times are not in it.
    closing = {code for code, what in known.items() if what["action"] == "cordon" and "count" not in what}
    (rule,) = (rule for rule in alert_rules() if rule.name == "GpuXidFatal")
    assert set(re.findall(r"gpu:xid:reported == (\d+)", rule.rule["expr"])) == closing
