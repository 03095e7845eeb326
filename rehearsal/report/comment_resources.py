"""What the comment of a pull request says of resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rehearsal.diff.changes import ChangedResource, Diff, PropertyChange
from rehearsal.report.change_words import (
    Alike,
    alike,
    because_of,
    before_and_after,
    kind,
    name_of,
    remarks,
    text_of,
    titled,
)
from rehearsal.report.comment_lists import Room, folded, headed, in_a_row, left_out, listed, name, sentence
from rehearsal.report.markdown import code, table

NAMED: Final = 20
"""Resources that a cell of a table names."""


def replaced(diff: Diff, room: Room) -> Iterator[str]:
    """Yield what is replaced, each with what forces it."""
    if not diff.replaced:
        return
    shown = diff.replaced[: room.open_rows]
    yield f"**Replaced ({len(diff.replaced)})**"
    yield ""
    if shown:
        rows = [row for resource in shown for row in _replaced_rows(resource, room)]
        yield from table(["resource", "because of", "before", "after"], rows)
    yield from left_out(len(diff.replaced) - len(shown), "replaced resources")
    yield from _below(_remarks(diff.replaced, room.open_rows, room))


def _replaced_rows(resource: ChangedResource, room: Room) -> Iterator[list[str]]:
    rows = [[name(change.property, room), *_values(change, room)] for change in resource.changes if change.replaces] + [
        [name(because.property, room), f"{name(name_of(because.of), room)} is replaced", ""]
        for because in resource.because
    ]
    yield from _under(name(titled(resource), room), rows, room.open_rows)


def removed(diff: Diff, room: Room) -> Iterator[str]:
    """Yield what is removed."""
    yield from headed("Removed", [name(titled(each), room) for each in diff.removed], room.open_rows)
    yield from _below(_remarks(diff.removed, room.open_rows, room))


def other_changes(diff: Diff, room: Room) -> Iterator[str]:
    """Yield, folded away, what is added and what is changed where it stands."""
    outputs = diff.outputs
    beside = [each for each in diff.replaced if any(not change.replaces for change in each.changes)]
    counts = {
        "added": len(diff.added),
        "changed": len(diff.changed),
        "also changed while replaced": len(beside),
        "stack outputs": len(outputs.added) + len(outputs.changed) + len(outputs.removed),
    }
    told = [f"{count} {word}" for word, count in counts.items() if count]
    if told:
        parts = (
            list(_added(diff.added, room)),
            list(_changed("Changed", diff.changed, room)),
            list(_remarks(diff.changed, room.folded_rows, room)),
            list(_remarks(diff.added, room.folded_rows, room)),
            list(_changed("Also changed while replaced", beside, room)),
            list(_outputs(diff, room)),
        )
        yield from folded(", ".join(told), parts)


def _added(resources: Sequence[ChangedResource], room: Room) -> Iterator[str]:
    if not resources:
        return
    by_kind: dict[str, list[str]] = {}
    for resource in resources:
        by_kind.setdefault(kind(resource.type), []).append(resource.name)
    shown = sorted(by_kind.items())[: room.folded_rows]
    yield f"**Added ({len(resources)})**"
    yield ""
    if shown:
        rows = [
            [
                f"{len(names)} {name(of, room)}",
                in_a_row([name(each, room) for each in names], min(room.folded_rows, NAMED)),
            ]
            for of, names in shown
        ]
        yield from table(["kind", "resources"], rows)
    yield from left_out(len(by_kind) - len(shown), "kinds")


def _changed(heading: str, resources: Sequence[ChangedResource], room: Room) -> Iterator[str]:
    if not resources:
        return
    groups = alike(resources)
    shown = groups[: room.folded_rows]
    yield f"**{heading} ({len(resources)})**"
    yield ""
    if shown:
        rows = [row for group in shown for row in _changed_rows(group, room)]
        yield from table(["resource", "property", "before", "after"], rows)
    yield from left_out(sum(len(group.resources) for group in groups[len(shown) :]), "changed resources")


def _changed_rows(group: Alike, room: Room) -> Iterator[list[str]]:
    titles = [name(titled(each), room) for each in group.resources]
    count = f"{len(titles)} resources: " if len(titles) > 1 else ""
    first = group.first
    rows = [[name(change.property, room), *_values(change, room)] for change in first.changes if not change.replaces]
    rows += [[name(each.property, room), "", sentence(because_of(each), room)] for each in first.follows]
    yield from _under(f"{count}{in_a_row(titles, min(room.folded_rows, NAMED))}", rows, room.folded_rows)


def _under(title: str, rows: Sequence[Sequence[str]], most: int) -> Iterator[list[str]]:
    """Yield the rows of a resource: its name stands in the first of them."""
    for row in rows[:most]:
        yield [title, *row]
        title = ""
    if len(rows) > most or not rows:
        yield [title, f"and {len(rows) - most} more" if rows else "", "", ""]


def _remarks(resources: Sequence[ChangedResource], most: int, room: Room) -> Iterator[str]:
    """Yield what a reviewer must not miss of a resource."""
    told = [
        f"{name(titled(resource), room)}: {sentence(remark, room)}"
        for resource in resources
        for remark in remarks(resource)
    ]
    yield from listed(told, most, "remarks")


def _below(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines as a paragraph of their own."""
    told = list(lines)
    yield from ["", *told] if told else []


def _outputs(diff: Diff, room: Room) -> Iterator[str]:
    named = (("added", diff.outputs.added), ("changed", diff.outputs.changed), ("removed", diff.outputs.removed))
    told = [
        f"- {word}: {in_a_row([name(each, room) for each in names], room.folded_rows)}"
        for word, names in named
        if names
    ]
    if told:
        yield "**Stack outputs**"
        yield ""
        yield from told


def _values(change: PropertyChange, room: Room) -> list[str]:
    if change.kind == "option":
        return [code(text_of(change.old)), code(text_of(change.new))]
    return [code(each) for each in before_and_after(change, room.width)]
