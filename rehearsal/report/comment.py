"""The comment of a pull request: what its change adds, changes, replaces and removes in each environment.

What is replaced, what is removed and what violates a mandatory policy is always open, the rest is folded. A comment
that would be longer than GitHub takes names fewer of each list, and says how many it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rehearsal.diff.changes import MANDATORY, Diff, PolicyChanges, Section
from rehearsal.report.comment_lists import Room, cell, left_out, listed, name, sentence
from rehearsal.report.comment_policies import exemptions_and_results, faults, mandatory_violations
from rehearsal.report.comment_resources import other_changes, removed, replaced
from rehearsal.report.markdown import details, table

MARKER: Final = "<!-- llm-platform rehearse -->"
"""First line, by which the comment is found again and renewed."""
MOST_CHARACTERS: Final = 65_536
"""GitHub refuses a longer comment."""
MOST_COLUMNS: Final = 10

ROOMS: Final = (
    Room(open_rows=200, folded_rows=200, width=120, environments=20),
    Room(open_rows=200, folded_rows=60, width=100, environments=20),
    Room(open_rows=100, folded_rows=30, width=80, environments=20),
    Room(open_rows=60, folded_rows=15, width=80, environments=20),
    Room(open_rows=30, folded_rows=8, width=60, environments=20),
    Room(open_rows=15, folded_rows=3, width=60, environments=15),
    Room(open_rows=8, folded_rows=0, width=60, environments=10),
    Room(open_rows=3, folded_rows=0, width=40, environments=10),
    Room(open_rows=1, folded_rows=0, width=20, environments=5),
    Room(open_rows=0, folded_rows=0, width=20, environments=5),
)
"""What is told less and less of; with the last one any comment is short enough."""


def comment(diffs: Sequence[Diff], most: int = MOST_CHARACTERS) -> str:
    """Return the comment, in at most as many characters as GitHub takes."""
    told = ""
    for room in ROOMS:
        told = "\n".join(_lines(diffs, room)) + "\n"
        if len(told) <= most:
            break
    return told


def _lines(diffs: Sequence[Diff], room: Room) -> Iterator[str]:
    yield MARKER
    yield "## What this changes"
    yield ""
    shown = diffs[: room.environments]
    yield from table(
        ["environment", "added", "changed", "replaced", "removed", "policies", "faults"],
        [_overview(diff, room) for diff in shown],
        right=(1, 2, 3, 4, 6),
    )
    yield from left_out(len(diffs) - len(shown), "environments")
    for diff in shown:
        yield ""
        yield from _environment(diff, room)


def _overview(diff: Diff, room: Room) -> list[str]:
    counts = [diff.counts.get(word, 0) for word in ("added", "changed", "replaced", "removed")]
    return [
        name(diff.stack, room),
        *(f"**{count}**" if count and index > 1 else str(count) for index, count in enumerate(counts)),
        _verdict(diff.policies),
        f"**{len(diff.faults)}**" if diff.faults else "0",
    ]


def _verdict(policies: PolicyChanges | None) -> str:
    if policies is None:
        return "no pack"
    mandatory = policies.mandatory
    advisory = len(policies.present) - len(mandatory)
    new = sum(violation.level == MANDATORY for violation in policies.new)
    told = [f"**{len(mandatory)} mandatory** ({new} new)"] if mandatory else []
    told += [f"{advisory} advisory"] if advisory else []
    told += [f"{len(policies.resolved)} resolved"] if policies.resolved else []
    return ", ".join(told) or "kept"


def _environment(diff: Diff, room: Room) -> Iterator[str]:
    given, commit = diff.against.given, diff.against.commit
    sides = [given] if not commit else [commit[:12]] if commit.startswith(given) else [given, commit[:12]]
    first, *rest = [name(side, room) for side in sides]
    yield f"### {name(diff.stack, room)}"
    yield ""
    yield f"Against {first or 'nothing'}{''.join(f' ({each})' for each in rest)}, by `rehearse {diff.basis}`."
    if diff.notes:
        yield ""
        yield from listed([sentence(note, room) for note in diff.notes], room.open_rows, "notes")
    for section in SECTIONS:
        lines = list(section(diff, room))
        if lines:
            yield ""
            yield from lines


def _further(title: str, section: Section | None, room: Room) -> Iterator[str]:
    """Yield a section that another command put into the document."""
    if section is None:
        return
    yield f"**{title}** {sentence(section.said, room)}".rstrip()
    columns = [cell(column, room) for column in section.columns[:MOST_COLUMNS]]
    if columns and section.rows:
        shown = [[cell(each, room) for each in row[: len(columns)]] for row in section.rows[: room.folded_rows]]
        rows = [[*row, *[""] * (len(columns) - len(row))] for row in shown]
        lines = [*(table(columns, rows) if rows else []), *left_out(len(section.rows) - len(rows), "rows")]
        yield ""
        yield from details(f"{len(section.rows)} rows", lines)


def _cost(diff: Diff, room: Room) -> Iterator[str]:
    yield from _further("Cost", diff.cost, room)


def _quotas(diff: Diff, room: Room) -> Iterator[str]:
    yield from _further("Quotas", diff.quotas, room)


SECTIONS: Final[tuple[Callable[[Diff, Room], Iterator[str]], ...]] = (
    mandatory_violations,
    faults,
    replaced,
    removed,
    other_changes,
    exemptions_and_results,
    _cost,
    _quotas,
)
"""In the order in which they stand in each environment; what a document lacks is left out."""
