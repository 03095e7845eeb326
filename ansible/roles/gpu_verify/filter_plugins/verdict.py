"""A host's verdict: its checks together. What did not run did not pass; what the caller left out is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

SETTLED = ("passed", "left-out", "not-applicable")


def host_verdict(checks: Mapping[str, Mapping[str, Any]], required: Sequence[str]) -> dict[str, Any]:
    """Return `verdict` (passed or failed) and all `problems`, each with its check's name."""
    problems: list[str] = []
    for name in required:
        check = checks.get(name, {"status": "not-run", "problems": ["it did not run"]})
        if check["status"] not in SETTLED:
            problems += [f"{name}: {problem}" for problem in check["problems"]] or [f"{name}: {check['status']}"]
    return {"verdict": "failed" if problems else "passed", "problems": problems}


def report_lines(report: Mapping[str, Any]) -> list[str]:
    """Return a host's report for people: a line per check, and its problems below it."""
    driver = report["driver"]
    lines = [
        f"{report['host']}: {report['verdict']} at level {report['level']}",
        f"  driver: {driver['installed'] or 'none'} installed, {driver['loaded'] or 'none'} loaded, "
        f"{driver['wanted'] or 'any'} wanted; {len(report['gpus'])} GPUs",
    ]
    for name, check in report["checks"].items():
        lines.append(f"  {name}: {check['status']}")
        lines += [f"    - {problem}" for problem in check["problems"]]
    return lines


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"host_verdict": host_verdict, "report_lines": report_lines}
