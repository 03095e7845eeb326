"""A check in a few lines of text, for a terminal or a log."""

from __future__ import annotations

from workloads.embedding.drift.check import Check
from workloads.embedding.drift.reference import Reference


def told(check: Check, reference: Reference | None) -> str:
    """Return the check as text: the verdict first, then the scores, then what the thresholds are worth."""
    lines = [f"{check.index} ({check.collection}): {check.outcome}" + (f": {check.reason}" if check.reason else "")]
    for method, score in check.scores.items():
        alarm = "  alarm" if method in check.alarms else ""
        lines.append(f"  {method:<8} {score:8.4f}  alarm above {check.thresholds[method]:.4f}{alarm}")
    if check.unlike:
        lines.append(f"  least like the reference: {', '.join(check.unlike[:3])}")
    if check.alarms:
        lines.append(f"  alarms in a row: {check.in_a_row}")
    if check.persists:
        lines.append("  drift persists: a new index is due, see `reindex plan`")
    for one in reference.calibration.windows if reference is not None else ():
        finds = "no shift that was tried" if one.finds is None else f"a shift of {one.finds:g} spreads"
        lines.append(
            f"  windows of {one.window}: {one.false_alarms:.2%} false alarms in {one.pairs} pairs, "
            f"finds {finds} nine times in ten"
        )
    return "\n".join(lines)
