"""Compares two sides, resource by resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rehearsal.diff.chains import Chain
from rehearsal.diff.changes import Against, Because, ChangedResource, Diff, Names, PropertyChange, Uncompared
from rehearsal.diff.findings import compare_faults, compare_policies
from rehearsal.diff.rehearsed import RehearsalDocument, Rehearsed
from rehearsal.diff.renames import renames
from rehearsal.diff.replacements import is_known, is_unordered, reaches, refusal, replaces
from rehearsal.diff.values import ABSENT, Difference, Kind, differences, same, written

OPTIONS: Final = ("protect", "retain_on_delete")


@dataclass
class _Compared:
    """One resource that both sides have."""

    old: Rehearsed
    new: Rehearsed
    changes: list[PropertyChange] = field(default_factory=list[PropertyChange])
    unknown: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    @property
    def is_replaced(self) -> bool:
        return any(change.replaces for change in self.changes)


def compare(old: RehearsalDocument, new: RehearsalDocument, against: Against) -> Diff:
    """Return what changes when `new` takes the place of `old`."""
    before, after = _by_urn(old), _by_urn(new)
    both = {urn: _compared(before[urn], after[urn]) for urn in after if urn in before}
    chain = Chain(new.resources)
    chain.follow((urn for urn, each in both.items() if each.is_replaced), before)
    complete = new.breakdown is None
    gone = [before[urn] for urn in before if urn not in after] if complete else []
    come = [after[urn] for urn in after if urn not in before]
    renamed = renames(gone, come)

    added = [_added(resource, renamed) for resource in come]
    removed = [_removed(resource, renamed) for resource in gone]
    replaced = [_replaced(each, chain) for urn, each in both.items() if each.is_replaced or urn in chain.replaced]
    replaced.sort(key=lambda resource: bool(resource.because))  # first those that are replaced for their own sake
    is_replaced = {resource.urn for resource in replaced}
    changed = [
        _changed(each, chain.updated.get(urn, []))
        for urn, each in both.items()
        if urn not in is_replaced and (each.changes or urn in chain.updated)
    ]
    faults, resolved_faults = compare_faults(old, new)
    unchanged = len(both) - len(replaced) - len(changed)
    return Diff(
        stack=new.stack,
        against=against,
        exists=new.exists,
        basis=(new if new.exists else old).basis,
        complete=complete,
        counts={
            "added": len(added),
            "changed": len(changed),
            "replaced": len(replaced),
            "removed": len(removed),
            "unchanged": unchanged,
        },
        added=added,
        changed=changed,
        replaced=replaced,
        removed=removed,
        uncompared=[
            Uncompared(urn=urn, type=each.new.type, name=each.new.name, properties=each.unknown)
            for urn, each in both.items()
            if each.unknown
        ],
        outputs=_outputs(old.outputs, new.outputs),
        policies=compare_policies(old, new),
        faults=faults,
        resolved_faults=resolved_faults,
        notes=list(_notes(old, new, against)),
    )


def _by_urn(document: RehearsalDocument) -> dict[str, Rehearsed]:
    return {resource.urn: resource for resource in document.resources if not resource.is_component}


def _compared(old: Rehearsed, new: Rehearsed) -> _Compared:
    compared = _Compared(old, new)
    ignored: set[str] = set()
    for difference in _without_doubled_tags(differences(old.inputs, new.inputs)):
        name = written(difference.path)
        ignoring = next((each for each in new.ignore_changes if each == "*" or reaches(each, difference.path)), None)
        if difference.kind is Kind.UNKNOWN:
            compared.unknown.append(name)
            if replaces(new.type, Difference(difference.path, Kind.CHANGED, 0, 1), new.inputs):
                compared.notes.append(f"{name} is known only after the update; another value replaces the resource")
        elif ignoring is not None:
            ignored.add(ignoring)
        elif difference.kind is not Kind.REORDERED or not is_unordered(new.type, difference.path):
            compared.changes.append(_property_change(new, difference))
            why = refusal(new.type, difference)
            if why:
                compared.notes.append(f"{name} cannot be updated: {why}")
    for option in OPTIONS:
        before, after = getattr(old, option), getattr(new, option)
        if before != after:
            compared.changes.append(PropertyChange(property=option, kind="option", old=before, new=after))
    compared.notes += [f"{name} differs too, which the program ignores (ignoreChanges)" for name in sorted(ignored)]
    if any(change.kind != "option" for change in compared.changes) and not is_known(new.type):
        general = any(new.type.startswith(known) for known in ("kubernetes:", "pulumi:providers:"))
        if not general:
            compared.notes.append(f"which changes replace a {_kind(new.type)} is not known here")
    return compared


def _without_doubled_tags(found: Iterator[Difference]) -> Iterator[Difference]:
    """Leave out what `tagsAll` says only because `tags` does."""
    told = list(found)
    tags = {difference.path[1:] for difference in told if difference.path[:1] == ("tags",)}
    for difference in told:
        whole = difference.path == ("tags",)
        if whole and any(other.path[:1] == ("tagsAll",) for other in told):
            continue  # the first tags of all, or none any more: tagsAll tells which
        if difference.path[:1] == ("tagsAll",) and difference.path[1:] in tags:
            continue
        yield difference


def _property_change(resource: Rehearsed, difference: Difference) -> PropertyChange:
    reason = replaces(resource.type, difference, resource.inputs)
    kind = difference.kind
    return PropertyChange(
        property=written(difference.path),
        kind=kind.value if kind is not Kind.UNKNOWN else "changed",
        old=_told(difference.old),
        new=_told(difference.new),
        replaces=reason is not None,
        source=reason.source if reason else "",
    )


def _told(value: Any) -> Any:
    return None if value is ABSENT else value


def _entry(resource: Rehearsed) -> ChangedResource:
    return ChangedResource(urn=resource.urn, type=resource.type, name=resource.name, at=resource.at)


def _added(resource: Rehearsed, renamed: Mapping[str, str]) -> ChangedResource:
    entry = _entry(resource)
    entry.renamed = next((old for old, new in renamed.items() if new == resource.urn), "")
    return entry


def _removed(resource: Rehearsed, renamed: Mapping[str, str]) -> ChangedResource:
    entry = _entry(resource)
    entry.renamed = renamed.get(resource.urn, "")
    # The engine looks at the option as it was when the resource was last registered.
    entry.protected = resource.protect
    entry.retained = resource.retain_on_delete
    return entry


def _replaced(compared: _Compared, chain: Chain) -> ChangedResource:
    entry = _entry(compared.new)
    entry.changes = compared.changes
    entry.because = sorted(chain.replaced.get(entry.urn, []), key=lambda each: each.property)
    entry.follows = sorted(chain.updated.get(entry.urn, []), key=lambda each: each.property)
    entry.notes = compared.notes
    # Of a replacement the engine asks the new registration, so that one may unprotect and replace at once.
    entry.protected = compared.new.protect
    if compared.new.retain_on_delete:
        entry.notes = [*entry.notes, "the one that stands is left standing (retain_on_delete)"]
    return entry


def _changed(compared: _Compared, follows: list[Because]) -> ChangedResource:
    entry = _entry(compared.new)
    entry.changes = compared.changes
    entry.follows = sorted(follows, key=lambda each: each.property)
    entry.notes = compared.notes
    return entry


def _outputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Names:
    return Names(
        added=sorted(new.keys() - old.keys()),
        changed=sorted(name for name in new.keys() & old.keys() if not same(old[name], new[name])),
        removed=sorted(old.keys() - new.keys()),
    )


def _notes(old: RehearsalDocument, new: RehearsalDocument, against: Against) -> Iterator[str]:
    if new.breakdown is not None:
        yield (
            "the program did not come to its end: what it would have registered afterwards is missing here, "
            "so nothing is told as removed"
        )
    if not old.exists:
        yield f"{against.given} has no stack {old.stack}: everything is added"
    elif not new.exists:
        yield f"there is no stack {old.stack} any more: everything is removed"
    elif old.policies is None and new.policies is not None:
        yield f"{against.given} had no policy pack: every violation is told as new"
    if new.policies is None and old.policies is not None:
        yield "there is no policy pack any more"
    if against.faults:
        yield (
            f"{against.given} itself has {against.faults} fault{'s'[: against.faults != 1]}: "
            "what depends on a resource that failed was skipped there, and parts of it are not known"
        )


def _kind(type_: str) -> str:
    return type_.rsplit(":", 1)[-1]
