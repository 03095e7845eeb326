"""A check as a page: scores beside their thresholds, what the thresholds are worth, and the checks before.

A page of our own: Evidently's report of the same figure takes seconds for each vector column and is megabytes large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from workloads.drift.calibration import WindowCalibration
from workloads.drift.methods import DESCRIPTIONS, Method
from workloads.embedding.drift.check import Check
from workloads.embedding.drift.reference import Reference

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
th, td {{ text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #ddd; vertical-align: top }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums }}
.alarm {{ color: #b00020; font-weight: 600 }}
</style></head><body>
{body}
</body></html>
"""


def drift_page(check: Check, reference: Reference | None, history: Sequence[Check]) -> str:
    """Return the page as HTML; it loads nothing from elsewhere."""
    title = f"Embedding drift of {check.index}"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{_verdict(check)}</p>"]
    if check.scores:
        parts.append("<h2>Scores</h2>" + _scores(check))
    if check.unlike:
        listed = "".join(f"<li>{escape(document)}</li>" for document in check.unlike)
        parts.append(f"<h2>Least like the reference</h2><ul>{listed}</ul>")
    if reference is not None:
        parts.append("<h2>Calibration</h2>" + _calibration(reference))
    if history:
        parts.append("<h2>Checks</h2>" + _history(history))
    return _PAGE.format(title=escape(title), body="\n".join(parts))


def _verdict(check: Check) -> str:
    where = f"Collection <code>{escape(check.collection)}</code>, {escape(check.checked)}: "
    if check.outcome == "waiting":
        return where + f"waiting: {escape(check.reason)}."
    if check.outcome == "like the reference":
        return where + f"{check.window} new vectors are like the reference."
    due = " It persists: a new index is due." if check.persists else ""
    return where + f'<span class="alarm">drifted</span>; alarms in a row: {check.in_a_row}.{due}'


def _scores(check: Check) -> str:
    rows = (
        (
            f'<span class="alarm">{method}</span>' if method in check.alarms else method,
            escape(DESCRIPTIONS[method]),
            f"{score:.4f}",
            f"{check.thresholds[method]:.4f}",
        )
        for method, score in check.scores.items()
    )
    return _table(("method", "what it is", "score", "alarm above"), rows, numbers=2)


def _calibration(reference: Reference) -> str:
    known = reference.calibration
    told = (
        f"<p>Of {known.created}: {known.vectors} vectors of {known.documents} documents. Thresholds are set so that, "
        f"with {known.confidence:.0%} confidence, at most {known.false_alarms:.2%} of comparisons of like with like "
        "raise an alarm. A shift is in units of the vectors' root mean square distance from their mean.</p>"
    )
    rows = (
        (
            str(one.window),
            str(one.pairs),
            f"{one.false_alarms:.2%}",
            f"{one.false_alarms_at_most:.2%}",
            _shares(one.by_method),
            _shares(one.by_default),
            _found(one),
            ", ".join(f"{shift:g}: {power:.0%}" for shift, power in sorted(one.power.items())),
        )
        for one in known.windows
    )
    head = (
        "window", "pairs", "false alarms seen", "at most (95 %)", "by method", "with Evidently's own limits",
        "shift that is found", "power by shift",
    )  # fmt: skip
    return told + _table(head, rows)


def _shares(shares: Mapping[Method, float]) -> str:
    return ", ".join(f"{method} {share:.2%}" for method, share in shares.items())


def _found(one: WindowCalibration) -> str:
    return "larger than all tried" if one.finds is None else f"{one.finds:g}"


def _history(history: Iterable[Check]) -> str:
    rows = (
        (
            escape(check.checked),
            str(check.window),
            ", ".join(f"{method} {score:.4f}" for method, score in check.scores.items()),
            ", ".join(check.alarms) or "none",
            str(check.in_a_row),
        )
        for check in history
    )
    return _table(("checked", "window", "scores", "alarms", "in a row"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """Return a table of cells that are HTML; the last `numbers` columns stand to the right."""
    lines = ["".join(f"<th>{cell}</th>" for cell in head)]
    for row in rows:
        first_number = len(row) - numbers
        lines.append(
            "".join(
                f'<td class="number">{cell}</td>' if place >= first_number else f"<td>{cell}</td>"
                for place, cell in enumerate(row)
            )
        )
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
