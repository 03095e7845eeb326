"""The alerting rules as they are deployed, each with the file that it is in and the promtool tests that it has."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.observability.programs import program

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "charts/monitoring/rules"
TESTS = Path(__file__).parent / "alerts"
KINDS = ("fires", "silent", "reset", "gap", "absent", "fleet of one")
"""What is tried with each rule; a test's name begins with one of them."""


@dataclass(frozen=True)
class AlertRule:
    """One rule."""

    file: Path
    rule: dict[str, Any]

    @property
    def name(self) -> str:
        return self.rule["alert"]

    @property
    def tests(self) -> Path:
        return TESTS / f"{self.name}.yaml"


@dataclass(frozen=True)
class Case:
    """One of a rule's tests."""

    kind: str
    title: str
    group: dict[str, Any]

    @property
    def checks(self) -> list[tuple[int, int]]:
        """When the alert is looked for, in seconds, and how many have to be there."""
        return [
            (seconds(check["eval_time"]), len(check["exp_alerts"] or ())) for check in self.group["alert_rule_test"]
        ]


def alert_rules() -> list[AlertRule]:
    return [
        AlertRule(file, rule)
        for file in sorted(RULES.glob("alerts-*.yaml"))
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


def cases(rule: AlertRule) -> list[Case]:
    document = yaml.safe_load(rule.tests.read_text())
    parts = [(group["name"].partition(": "), group) for group in document["tests"]]
    return [Case(kind, title, group) for (kind, _, title), group in parts]


def evaluation_seconds(rule: AlertRule) -> int:
    return seconds(yaml.safe_load(rule.tests.read_text())["evaluation_interval"])


def seconds(duration: str) -> int:
    """`1h30m` in seconds."""
    total, number = 0, ""
    for letter in duration:
        if letter.isdigit():
            number += letter
        else:
            total += int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[letter]
            number = ""
    return total


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool; its words are in stdout."""
    return subprocess.run(  # noqa: S603 - our files
        [program("promtool"), *map(str, arguments)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
