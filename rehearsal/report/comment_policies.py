"""What the comment of a pull request says of policies and faults."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.diff.changes import MANDATORY, Diff, FaultChange, PolicyViolation
from rehearsal.report.change_words import name_of
from rehearsal.report.comment_lists import Room, folded, headed, in_a_row, name, sentence

NEW = "**new** · "


def mandatory_violations(diff: Diff, room: Room) -> Iterator[str]:
    """Yield what stops the update, new violations first."""
    if diff.policies is not None:
        of_before = [*diff.policies.changed, *diff.policies.standing]
        told = [
            f"{mark}{_violation(each, room)}"
            for mark, violations in ((NEW, diff.policies.new), ("", of_before))
            for each in violations
            if each.level == MANDATORY
        ]
        yield from headed("Mandatory violations", told, room.open_rows)


def faults(diff: Diff, room: Room) -> Iterator[str]:
    """Yield what is wrong with the program."""
    yield from headed("Faults", [_fault(fault, room) for fault in diff.faults], room.open_rows)


def exemptions_and_results(diff: Diff, room: Room) -> Iterator[str]:
    """Yield, folded away, every other policy result; exemptions that a change brings are open."""
    policies = diff.policies
    if policies is None:
        return
    come = list(headed("Exempted", [_exemption(each, room) for each in policies.exemptions_added], room.open_rows))
    yield from [*come, ""] if come else []
    lists = (
        ("New", [_violation(each, room) for each in policies.new if each.level != MANDATORY]),
        ("Changed", [_violation(each, room) for each in policies.changed]),
        ("Resolved", [_violation(each, room) for each in policies.resolved]),
        ("As before", [_violation(each, room) for each in policies.standing if each.level != MANDATORY]),
        ("No longer exempted", [_exemption(each, room) for each in policies.exemptions_removed]),
    )
    packs = in_a_row([name(pack, room) for pack in policies.packs], max(room.folded_rows, 1))
    told = [f"{len(items)} {heading.lower()}" for heading, items in lists if items]
    undecided = f" Undecided before the update, because a value comes later: {policies.undecided}."
    ran = f"{policies.policies} policies of {packs or 'no pack'} ran.{undecided if policies.undecided else ''}"
    if told:
        parts = [list(headed(heading, items, room.folded_rows)) for heading, items in lists]
        yield from folded(f"{policies.policies} policies: {', '.join(told)}", [[ran], *parts])
    else:
        yield ran


def _violation(violation: PolicyViolation, room: Room) -> str:
    was = f" (was {name(violation.previous_level, room)})" if violation.previous_level else ""
    severity = f", {sentence(violation.severity, room)}" if violation.severity else ""
    level = f"{sentence(violation.level, room)}{was}{severity}"
    return f"{name(violation.policy, room)} ({level}): {sentence(violation.message, room)}"


def _fault(fault: FaultChange, room: Room) -> str:
    where = f"{name(name_of(fault.urn), room)} " if fault.urn else ""
    property_ = f"{name(fault.property, room)}: " if fault.property else ""
    at = f" ({name(fault.at, room)})" if fault.at else ""
    return f"{NEW if fault.new else ''}{where}{property_}{sentence(fault.message, room)}{at}"


def _exemption(told: dict[str, str], room: Room) -> str:
    policy, resource = name(told.get("policy", ""), room), name(told.get("resource", ""), room)
    said = sentence(f"{told.get('owner', '')}: {told.get('reason', '')}", room)
    return f"{policy} for {resource} until {name(told.get('expires', ''), room)}, {said}"
