"""What a person reads of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape

from rehearsal.diff.changes import MANDATORY, ChangedResource, Diff, PolicyChanges, PolicyViolation, PropertyChange
from rehearsal.report.change_words import alike, because_of, compared_with, counted, kind, remarks, said, titled

WIDTH: Final = 60
"""Characters of a value."""
WIDTH_IN_FULL: Final = 2000
SHOWN_CHANGES: Final = 4
"""Changes of one resource that are shown; all of them with --full, and those that replace always."""
SHOWN_RESOURCES: Final = 15
"""Changed resources, or groups of them, that are shown without --full."""
FOLLOWING: Final = 3


def render(diff: Diff, *, full: bool) -> RenderableType:
    """Return the report: what is replaced and removed, what changes, what is added, policies, faults, notes."""
    basis = f"by rehearse {diff.basis}"
    lines = ["", f"[bold]{escape(diff.stack)}[/] against {escape(compared_with(diff))}, {basis}"]
    lines += _replaced(diff.replaced, full=full)
    lines += _removed(diff.removed)
    lines += _changed(diff.changed, full=full)
    lines += _added(diff.added, full=full)
    lines += _outputs(diff)
    lines += _uncompared(diff, full=full)
    if diff.policies is not None:
        lines += _policies(diff.policies)
    lines += _faults(diff)
    lines += ["", *(f"[dim]{escape(note)}[/]" for note in diff.notes)] if diff.notes else []
    return Group(*lines)


def closing_line(diff: Diff) -> str:
    """Return the last line: what it comes to."""
    counts = diff.counts
    if not any(counts.get(name) for name in ("added", "changed", "replaced", "removed")):
        told = "no resource changes"
    else:
        told = counted(diff)
    faults = len(diff.faults)
    verdict = [f"[bold red]{faults} fault{'s'[: faults != 1]}[/]"] if faults else []
    if diff.policies is not None:
        mandatory = diff.policies.mandatory
        new = sum(violation.level == MANDATORY for violation in diff.policies.new)
        style = "bold red" if mandatory else "bold green"
        are_new = f", {new} new" if mandatory else ""
        verdict.append(f"[{style}]{len(mandatory)} mandatory violation{'s'[: len(mandatory) != 1]}{are_new}[/]")
    return "; ".join([f"{diff.stack}: {told}", *verdict])


def without_folders(diff: Diff, folders: Sequence[Path]) -> Diff:
    """Return the comparison with no path of this machine in it: messages of the program may have some."""
    names = sorted({f"{folder}/" for folder in (*folders, *(folder.resolve() for folder in folders))}, key=len)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for name in reversed(names):
                value = value.replace(name, "")
            return value
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        return value

    return Diff.model_validate(clean(diff.model_dump(mode="json")))


def _replaced(resources: Sequence[ChangedResource], *, full: bool) -> list[str]:
    lines = _heading("replaced", len(resources), "bold red")
    for group in alike(resources):
        lines.append(f"  [red]{escape(group.title)}[/]{_at(group.first)}")
        lines += [f"    [dim]{escape(titled(each))}[/]" for each in group.resources if len(group.resources) > 1]
        lines += [f"    {escape(because_of(each))}" for each in group.first.because]
        forcing = [change for change in group.first.changes if full or change.replaces]
        lines += _changes(forcing, full=full)
        left = len(group.first.changes) - len(forcing)
        lines += [f"    [dim]and {left} other change{'s'[: left != 1]}[/]"] if left else []
        lines += _remarks(group.first)
    return lines


def _removed(resources: Sequence[ChangedResource]) -> list[str]:
    lines = _heading("removed", len(resources), "bold red")
    for resource in resources:
        lines.append(f"  [red]{escape(titled(resource))}[/]{_at(resource)}")
        lines += _remarks(resource)
    return lines


def _changed(resources: Sequence[ChangedResource], *, full: bool) -> list[str]:
    lines = _heading("changed", len(resources), "bold yellow")
    groups = alike(resources)
    shown = groups if full else groups[:SHOWN_RESOURCES]
    for group in shown:
        lines.append(f"  [yellow]{escape(group.title)}[/]{_at(group.first) if len(group.resources) == 1 else ''}")
        lines += _changes(group.first.changes, full=full)
        follows = group.first.follows if full else group.first.follows[:FOLLOWING]
        lines += [f"    {escape(because_of(each))}" for each in follows]
        lines += _remarks(group.first)
    left = sum(len(group.resources) for group in groups[len(shown) :])
    return [*lines, f"  [dim]and {left} more; --full shows them[/]"] if left else lines


def _added(resources: Sequence[ChangedResource], *, full: bool) -> list[str]:
    lines = _heading("added", len(resources), "bold green")
    every = full or len(resources) <= SHOWN_RESOURCES
    told = [resource for resource in resources if every or resource.renamed]
    for resource in told:
        lines.append(f"  [green]{escape(titled(resource))}[/]{_at(resource)}")
        lines += _remarks(resource)
    counts = Counter(kind(resource.type) for resource in resources if not (every or resource.renamed))
    if counts:
        lines.append("  " + escape(", ".join(f"{count} {name}" for name, count in sorted(counts.items()))))
    return lines


def _outputs(diff: Diff) -> list[str]:
    named = (("added", diff.outputs.added), ("changed", diff.outputs.changed), ("removed", diff.outputs.removed))
    told = [f"  {word}: {escape(', '.join(names))}" for word, names in named if names]
    return ["", "[bold]stack outputs[/]", *told] if told else []


def _uncompared(diff: Diff, *, full: bool) -> list[str]:
    if not diff.uncompared:
        return []
    lines = ["", "[bold]not compared[/] (one side does not know the value before the update)"]
    if not full:
        return [*lines, f"  {sum(len(each.properties) for each in diff.uncompared)} properties; --full names them"]
    return lines + [
        f"  {escape(f'{kind(each.type)} {each.name}')}: {escape(', '.join(each.properties))}"
        for each in diff.uncompared
    ]


def _policies(policies: PolicyChanges) -> list[str]:
    lines = ["", f"[bold]policies[/] ({policies.policies} of {escape(', '.join(policies.packs)) or 'no pack'})"]
    for word, violations in (("new", policies.new), ("changed", policies.changed), ("resolved", policies.resolved)):
        lines += [line for violation in violations for line in _violation(word, violation)]
    standing = Counter(violation.level for violation in policies.standing)
    if standing:
        told = ", ".join(f"{count} {level}" for level, count in sorted(standing.items(), reverse=True))
        lines.append(f"  as before: {told}")
    lines += [f"  {line}" for line in exemption_lines(policies)]
    if len(lines) == 2:  # noqa: PLR2004 - the heading
        lines.append("  no violations")
    return lines


def exemption_lines(policies: PolicyChanges) -> list[str]:
    """Return the exemptions that came and went, for the console."""
    return [
        escape(f"{word}: {told.get('policy')} for {told.get('resource')} until {told.get('expires')}, ")
        + escape(f"{told.get('owner')}: {told.get('reason')}")
        for word, exemptions in (
            ("exempted", policies.exemptions_added),
            ("no longer exempted", policies.exemptions_removed),
        )
        for told in exemptions
    ]


def _violation(word: str, violation: PolicyViolation) -> list[str]:
    style = "dim" if word == "resolved" else "red" if violation.level == MANDATORY else "yellow"
    was = f" (was {violation.previous_level})" if violation.previous_level else ""
    severity = f", {violation.severity}" if violation.severity else ""
    lines = [f"  {word} [{style}]{escape(violation.policy)}[/] {escape(violation.level)}{was}{escape(severity)}"]
    lines.append(f"    {escape(violation.message)}")
    return lines + ([f"    [dim]was: {escape(violation.previous_message)}[/]"] if violation.previous_message else [])


def _faults(diff: Diff) -> list[str]:
    lines = _heading("faults", len(diff.faults), "bold red")
    for fault in diff.faults:
        where = f"{escape(fault.urn.split('::')[-1])} " if fault.urn else ""
        at = f"[dim]{escape(fault.at)}[/] " if fault.at else ""
        lines.append(f"  {'new ' if fault.new else ''}{escape(fault.check)} {where}{at}")
        lines.append(f"    {escape(f'{fault.property}: ' if fault.property else '')}{escape(fault.message)}")
    return [*lines, f"  resolved: {diff.resolved_faults} faults"] if diff.resolved_faults else lines


def _changes(changes: Iterable[PropertyChange], *, full: bool) -> list[str]:
    told = sorted(changes, key=lambda change: not change.replaces)
    width = WIDTH_IN_FULL if full else WIDTH
    shown = [change for index, change in enumerate(told) if full or change.replaces or index < SHOWN_CHANGES]
    lines = [
        f"    {escape(change.property)}: {escape(said(change, width))}"
        + ("  [red]forces the replacement[/]" if change.replaces else "")
        for change in shown
    ]
    left = len(told) - len(shown)
    return [*lines, f"    [dim]and {left} more[/]"] if left else lines


def _remarks(resource: ChangedResource) -> list[str]:
    return [f"    [bold]{escape(remark)}[/]" for remark in remarks(resource)]


def _heading(word: str, count: int, style: str) -> list[str]:
    return ["", f"[{style}]{word}[/] ({count})"] if count else []


def _at(resource: ChangedResource) -> str:
    return f" [dim]{escape(resource.at)}[/]" if resource.at else ""
