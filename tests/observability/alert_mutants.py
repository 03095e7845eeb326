"""Rules with one thing changed each, which a rule's promtool tests have to notice."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.observability.alert_rules import AlertRule, evaluation_seconds, promtool, seconds

# A comparison with what follows it, or a number by itself: not in names, labels, windows or times of `offset`.
_NUMBER = re.compile(r"(?<![\w:.\"=~-])(\d+(?:\.\d+)?(?:e\d+)?)(?![\w:.\"])")
_STRICT = re.compile(r"(?<![<>=!])([<>])(?!=)")
_LOOSE = re.compile(r"([<>])=")
_SET = re.compile(r"\b(and|unless)\b")
_LABELS = re.compile(r"\{[^}]*\}")


def _doubled(text: str) -> str:
    return f"{float(text) * 2:g}"


def _halved(text: str) -> str:
    return f"{float(text) / 2:g}"


def _turned(text: str) -> str:
    return {"<": ">", ">": "<"}[text]


def _turned_loose(text: str) -> str:
    return {"<": ">=", ">": "<="}[text]


def _other_set(text: str) -> str:
    return {"and": "unless", "unless": "and"}[text]


_CHANGES: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("number doubled", _NUMBER, _doubled),
    ("number halved", _NUMBER, _halved),
    ("turned round", _STRICT, _turned),
    ("turned round", _LOOSE, _turned_loose),
    ("sets", _SET, _other_set),
)


def mutants(rule: AlertRule) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was changed, and the rule."""
    expression = rule.rule["expr"]
    yield "never fires", _with(rule, expr="vector(0) > 1")
    step = evaluation_seconds(rule)
    lasting = seconds(rule.rule.get("for", "0s"))
    yield "waits longer", _with(rule, **{"for": f"{lasting + step}s"})
    if lasting:
        yield "does not wait as long", _with(rule, **{"for": f"{lasting - step}s"})
    for kind, pattern, change in _CHANGES:
        for match in pattern.finditer(expression):
            if _in_labels(expression, match.start()) or (pattern is _NUMBER and match[1] == "0"):
                continue
            changed = change(match[1])
            end = match.end() if pattern is _LOOSE else match.end(1)
            yield (
                f"{kind} at {match.start()}: {match[0]} → {changed}",
                _with(rule, expr=expression[: match.start(1)] + changed + expression[end:]),
            )


class Judge:
    """Runs a rule's tests one by one against changed rules, until one fails."""

    def __init__(self, rule: AlertRule, folder: Path) -> None:
        self._document = yaml.safe_load(rule.tests.read_text()) | {"rule_files": ["rules.yaml"]}
        self._cases: list[dict[str, Any]] = self._document["tests"]
        self._folder = folder

    def complaint(self, changed: dict[str, Any]) -> str | None:
        """Return what promtool says of the first test that fails; None where all pass."""
        rules = {"groups": [{"name": "mutant", "rules": [changed]}]}
        (self._folder / "rules.yaml").write_text(yaml.safe_dump(rules))
        tests = self._folder / "tests.yaml"
        for case in list(self._cases):
            tests.write_text(yaml.safe_dump(self._document | {"tests": [case]}))
            ran = promtool("test", "rules", tests)
            if ran.returncode:
                # What noticed one change is likely to notice the next: a test of days takes a second.
                self._cases.remove(case)
                self._cases.insert(0, case)
                return ran.stdout
        return None


def _with(rule: AlertRule, **changes: str) -> dict[str, Any]:
    return copy.deepcopy(rule.rule) | changes


def _in_labels(expression: str, position: int) -> bool:
    return any(match.start() <= position < match.end() for match in _LABELS.finditer(expression))
