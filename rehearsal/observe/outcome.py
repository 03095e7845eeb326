"""Which alerts the day brought, held against what the story says has to fire."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rehearsal.observe.player import Change
from rehearsal.observe.story.incident import Expected, Hours, Incident
from rehearsal.observe.story.incidents import NO_YESTERDAY
from rehearsal.observe.story.moment import HOURS, hour_of


@dataclass(frozen=True)
class Fired:
    """One alert about one thing, from when to when."""

    change: Change
    begins: float
    """Hour of the day."""
    ends: float | None
    """None while it fires."""

    @property
    def alert(self) -> str:
        """Its name."""
        return self.change.alert


def fired(changes: Sequence[Change], end: float, begin: float = 0.0) -> list[Fired]:
    """Every time that an alert fired, in the order in which they began.

    Less what is known to fire where yesterday is missing, before the hour `begin`.
    """
    open_since: dict[tuple[tuple[str, str], ...], Change] = {}
    found: list[Fired] = []

    for change in changes:
        key = tuple(sorted(change.labels.items()))
        if change.firing:
            open_since[key] = change
        elif begun := open_since.pop(key, None):
            found.append(Fired(begun, hour_of(begun.at, end), hour_of(change.at, end)))
    found += [Fired(begun, hour_of(begun.at, end), None) for begun in open_since.values()]
    found = [one for one in found if one.alert not in NO_YESTERDAY or one.ends is None or one.ends > begin]
    return sorted(found, key=lambda entry: (entry.begins, entry.alert, sorted(entry.change.labels.items())))


def faults(found: Sequence[Fired], incidents: Collection[Incident]) -> Iterator[str]:
    """What fired otherwise than it has to: not, too early, too late, too long, or without a reason."""
    left = list(found)
    for incident in incidents:
        for expected in incident.alerts:
            same = [entry for entry in left if is_about(entry, expected)]
            if len(same) != expected.times:
                yield f"{incident.title}: {described(expected)} fired {len(same)} times, not {expected.times}"
            for entry in same:
                left.remove(entry)
                if not _inside(entry.begins, expected.begins):
                    yield f"{incident.title}: {described(expected)} began at {entry.begins:.2f}, not {expected.begins}"
                if not _inside(HOURS if entry.ends is None else entry.ends, expected.ends):
                    yield f"{incident.title}: {described(expected)} ended at {entry.ends}, not {expected.ends}"
    for entry in left:
        labels = dict(entry.change.labels)
        yield f"{entry.alert} fired without a reason from {entry.begins:.2f} to {entry.ends}: {labels}"


def described(expected: Expected) -> str:
    """An expected alert in words."""
    about = ", ".join(expected.about.values())
    return f"{expected.alert} ({about})" if about else expected.alert


def is_about(entry: Fired, expected: Expected) -> bool:
    """Whether this is the alert that is expected, about the thing that it is expected about."""
    labels = entry.change.labels
    return entry.alert == expected.alert and all(labels.get(name) == text for name, text in expected.about.items())


def _inside(hour: float, span: Hours) -> bool:
    return span[0] <= hour <= span[1]
