"""Who agreed to what expensive machines cost, as it stands on what is paid for."""

from __future__ import annotations

from dataclasses import dataclass

from components.naming import (
    APPROVED_BY_ANNOTATION,
    APPROVED_BY_TAG,
    APPROVED_UNTIL_ANNOTATION,
    APPROVED_UNTIL_TAG,
)


@dataclass(frozen=True)
class Approval:
    """An agreement, with the day on which it ends."""

    by: str
    """Team or role."""
    until: str
    """Last day, as ISO 8601 has it: `2027-11-30`."""


def approval_tags(approval: Approval | None) -> dict[str, str]:
    """Tags of what AWS bills; none without an agreement."""
    return {APPROVED_BY_TAG: approval.by, APPROVED_UNTIL_TAG: approval.until} if approval else {}


def approval_annotations(approval: Approval | None) -> dict[str, str]:
    """Annotations of what buys machines from inside the cluster; none without an agreement.

    Not labels: a label's value has no spaces, and Karpenter would replace machines when one changes.
    """
    return {APPROVED_BY_ANNOTATION: approval.by, APPROVED_UNTIL_ANNOTATION: approval.until} if approval else {}
