"""The policy section of a rehearsal's report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import RenderableType
from rich.markup import escape

from rehearsal.policies.findings import ADVISORY, MANDATORY, PolicyFinding, PolicyResults

STYLES = {MANDATORY: "red", ADVISORY: "yellow"}
SHOWN = 5
"""Advisory violations of one policy that are shown; all of them with --full."""


def policy_parts(results: PolicyResults, *, full: bool) -> list[RenderableType]:
    """Return the section: what ran, what is violated by policy, what is undecided, what is exempted."""
    packs = ", ".join(results.packs)
    ran = f"[bold]policies[/] ({results.policies} of {escape(packs)}, over {results.resources} resources)"
    parts: list[RenderableType] = ["", ran]
    for level in (MANDATORY, ADVISORY):
        parts += _violations(results.of_level(level), level, full=full)
    if not results.findings:
        parts.append("  no violations")
    parts += [f"  switched off: {escape(', '.join(sorted(results.disabled)))}"] if results.disabled else []
    if results.undecided:
        counts = Counter(undecided.policy for undecided in results.undecided)
        told = ", ".join(f"{policy} ({count})" for policy, count in sorted(counts.items()))
        parts.append(f"  [dim]undecided before the update, for a value comes later: {escape(told)}[/]")
    parts += [
        f"  exempted: {escape(each.policy)} for {escape(each.resource)} until {each.expires}, "
        f"{escape(each.owner)}: {escape(each.reason)}"
        for each in results.exemptions
    ]
    return parts


def _violations(findings: Sequence[PolicyFinding], level: str, *, full: bool) -> list[RenderableType]:
    by_policy: dict[str, list[PolicyFinding]] = defaultdict(list)
    for finding in findings:
        by_policy[finding.policy].append(finding)
    lines: list[RenderableType] = []
    for policy, found in sorted(by_policy.items()):
        severity = f", {found[0].severity}" if found[0].severity else ""
        lines.append(f"  [{STYLES[level]}]{escape(policy)}[/] {level}{severity}")
        shown = found if full or level == MANDATORY else found[:SHOWN]
        lines += [f"    {escape(finding.message)}" for finding in shown]
        if len(found) > len(shown):
            lines.append(f"    [dim]and {len(found) - len(shown)} more; --full shows them[/]")
    return lines
