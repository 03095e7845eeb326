"""Which policy results and faults are new, which are gone, and which are others than before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rehearsal.diff.changes import FaultChange, PolicyChanges, PolicyViolation
from rehearsal.diff.rehearsed import Fault, Finding, PolicySection, RehearsalDocument
from rehearsal.plan import Check


def compare_policies(old: RehearsalDocument, new: RehearsalDocument) -> PolicyChanges | None:
    """Return what differs in policy results; None where neither side had a pack."""
    if new.policies is None and old.policies is None:
        return None
    before, after = old.policies or PolicySection(), new.policies or PolicySection()
    changes = PolicyChanges(
        packs=list(after.packs),
        policies=after.policies,
        compared=old.policies is not None,
        undecided=len(after.undecided),
        exemptions_added=[each for each in after.exemptions if each not in before.exemptions],
        exemptions_removed=[each for each in before.exemptions if each not in after.exemptions],
    )
    of_old, of_new = _by_subject(before.findings), _by_subject(after.findings)
    for subject in sorted({*of_old, *of_new}):
        _compare_subject(of_old.get(subject, []), of_new.get(subject, []), changes)
    return changes


def _by_subject(findings: Iterable[Finding]) -> dict[tuple[str, str, str], list[Finding]]:
    by_subject: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_subject[finding.pack, finding.policy, finding.urn].append(finding)
    return by_subject


def _compare_subject(old: Sequence[Finding], new: Sequence[Finding], changes: PolicyChanges) -> None:
    """Tell violations of one policy by one resource apart by what they say; the others are the same ones, changed."""
    left, right = list(old), list(new)
    pairs: list[tuple[Finding, Finding]] = []
    for finding in new:
        equal = next((each for each in left if each.message == finding.message), None)
        if equal is not None:
            left.remove(equal)
            right.remove(finding)
            pairs.append((equal, finding))
    both = min(len(left), len(right))
    pairs += zip(left[:both], right[:both], strict=True)
    for before, after in pairs:
        violation = _violation(after)
        if before.level != after.level or before.message != after.message:
            violation.previous_level = before.level if before.level != after.level else ""
            violation.previous_message = before.message if before.message != after.message else ""
            changes.changed.append(violation)
        else:
            changes.standing.append(violation)
    changes.resolved += map(_violation, left[both:])
    changes.new += map(_violation, right[both:])


def _violation(finding: Finding) -> PolicyViolation:
    return PolicyViolation(
        policy=finding.policy,
        level=finding.level,
        severity=finding.severity,
        urn=finding.urn,
        message=finding.message,
    )


def compare_faults(old: RehearsalDocument, new: RehearsalDocument) -> tuple[list[FaultChange], int]:
    """Return the faults there are now, and how many are gone. Violations of policies have a section of their own."""
    before = {_of(fault) for fault in old.faults if fault.check != Check.POLICY}
    present = [fault for fault in new.faults if fault.check != Check.POLICY]
    faults = [
        FaultChange(
            urn=fault.urn,
            check=fault.check,
            property=fault.property,
            message=fault.message,
            at=fault.at,
            new=_of(fault) not in before,
        )
        for fault in present
    ]
    return faults, len(before - {_of(fault) for fault in present})


def _of(fault: Fault) -> tuple[str, str, str, str]:
    return fault.urn, fault.check, fault.property, fault.message
