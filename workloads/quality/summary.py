"""A result in a few lines of text, for a terminal or a log."""

from __future__ import annotations

from workloads.quality.result import WHOLE, Result


def told(result: Result) -> str:
    """Return the result as text: what drifted, how right it is, what is wrong with the data."""
    rows = ", ".join(f"{number} {window}" for window, number in result.rows.items())
    lines = [f"{result.model}: {_verdict(result)}; rows: {rows}"]
    for found in result.drift:
        scores = ", ".join(
            f"{method} {score:.4f} of {found.thresholds[method]:.4f}" for method, score in found.scores.items()
        )
        mark = "  drifted" if found.drifted else ""
        lines.append(f"  {found.kind:<10} {found.feature:<24} {scores or 'no value'}{mark}")
    for one in result.quality:
        measures = ", ".join(f"{name} {value:.4f}" for name, value in one.measures.items())
        indent = "  " if one.group == WHOLE else "    "
        lines.append(f"{indent}{one.version} {one.group}: {one.rows} labelled, {measures}")
    lines += [f"  {condition}: {why}" for condition, why in result.conditions.items()]
    return "\n".join(lines)


def _verdict(result: Result) -> str:
    if not result.useful:
        return "nothing can be said"
    return f"{len(result.drifted)} of {len(result.drift)} columns drifted"
