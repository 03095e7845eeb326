"""The alerts' tests notice a rule that was changed: a threshold, a comparison, a condition, the time that it waits.

Does not prove that they notice every change; a threshold may lie within a factor of two of what the tests try.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.observability.alert_mutants import Judge, mutants
from tests.observability.alert_rules import AlertRule, alert_rules

# Each alert's own tests, test_alerts.py.
pytestmark = pytest.mark.long
SAME: dict[str, set[str]] = {}


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_a_changed_rule_is_noticed(rule: AlertRule, tmp_path: Path) -> None:
    judge = Judge(rule, tmp_path)
    assert judge.complaint(rule.rule) is None
    survived = [what for what, changed in mutants(rule) if judge.complaint(changed) is None]
    assert set(survived) == SAME.get(rule.name, set())
