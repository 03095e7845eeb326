"""The alerts' tests notice a rule that was changed: a threshold, a comparison, a condition, the time that it waits.

Does not prove that they notice every change; a threshold may lie within a factor of two of what the tests try.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.observability.alert_mutants import mutants, write_mutant
from tests.observability.alert_rules import AlertRule, alert_rules, promtool

SAME: dict[str, set[str]] = {}


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_a_changed_rule_is_noticed(rule: AlertRule, tmp_path: Path) -> None:
    unchanged = promtool("test", "rules", write_mutant(rule, rule.rule, tmp_path))
    assert unchanged.returncode == 0, unchanged.stdout
    survived = [
        what
        for what, changed in mutants(rule)
        if promtool("test", "rules", write_mutant(rule, changed, tmp_path)).returncode == 0
    ]
    assert set(survived) == SAME.get(rule.name, set())
