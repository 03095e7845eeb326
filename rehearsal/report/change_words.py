"""Changes in words, for the console and for the comment of a pull request."""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from rehearsal.diff.changes import Because, ChangedResource, Diff, PropertyChange
from rehearsal.diff.values import canonical

ALIKE: Final = 3
"""Resources whose changes are the same are told together from this many on."""
KINDS: Final = 5
"""Kinds of such resources that are named."""
GIVEN: Final = 60
COMMIT: Final = 12
"""Characters of a ref and of a commit that are shown."""
LEAD: Final = 12
"""Characters shown in front of the place where two long texts part."""
NOTHING: Final = "(none)"


def kind(type_: str) -> str:
    """Return the last part of a type's token."""
    return type_.rsplit(":", 1)[-1]


def name_of(urn: str) -> str:
    """Return kind and name of a resource."""
    parts = urn.split("::")
    return f"{kind(parts[-2].rsplit('$', 1)[-1])} {parts[-1]}" if len(parts) > 1 else urn


def titled(resource: ChangedResource) -> str:
    """Return kind and name of a resource."""
    return f"{kind(resource.type)} {resource.name}"


@dataclass(frozen=True)
class Alike:
    """Resources that change in the same way."""

    resources: tuple[ChangedResource, ...]

    @property
    def first(self) -> ChangedResource:
        """The one that stands for all."""
        return self.resources[0]

    @property
    def title(self) -> str:
        """Its name, or how many of which kinds they are."""
        if len(self.resources) == 1:
            return titled(self.first)
        kinds: dict[str, int] = defaultdict(int)
        for resource in self.resources:
            kinds[kind(resource.type)] += 1
        told = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
        shown = [f"{count} {name}" for name, count in told[:KINDS]]
        more = [f"and {len(told) - KINDS} more kinds"] if len(told) > KINDS else []
        return f"{len(self.resources)} resources ({', '.join([*shown, *more])})"


def alike(resources: Sequence[ChangedResource]) -> list[Alike]:
    """Put resources together whose changes are the same, such as one tag of all of them."""
    groups: dict[str, list[ChangedResource]] = defaultdict(list)
    for resource in resources:
        groups[canonical(resource.model_dump(include={"changes", "because", "follows", "notes"}))].append(resource)
    together: list[Alike] = []
    for group in groups.values():
        if len(group) >= ALIKE:
            together.append(Alike(tuple(group)))
        else:
            together += [Alike((resource,)) for resource in group]
    return together


def before_and_after(change: PropertyChange, width: int) -> tuple[str, str]:
    """Return the old and the new value, each in at most `width` characters."""
    if change.kind == "reordered":
        return "", "the same in another order"
    old, new = _readable(change.old), _readable(change.new)
    if isinstance(old, list) and isinstance(new, list):
        left, right = cast("list[Any]", old), cast("list[Any]", new)
        known = {canonical(item) for item in left}, {canonical(item) for item in right}
        gone = [item for item in left if canonical(item) not in known[1]]
        come = [item for item in right if canonical(item) not in known[0]]
        if len(gone) < len(left) or len(come) < len(right):  # what both have is not worth the room
            return _listed(gone, "without ", width), _listed(come, "with ", width)
        return _listed(left, "", width), _listed(right, "", width)
    before, after = text_of(old), text_of(new)
    if max(len(before), len(after)) > width and change.kind == "changed":
        return _around(before, after, width), _around(after, before, width)
    return shortened(before, width), shortened(after, width)


def said(change: PropertyChange, width: int) -> str:
    """Return a change in a line, without the property."""
    before, after = before_and_after(change, width)
    if change.kind == "added":
        return f"set to {after}"
    if change.kind == "removed":
        return f"no longer set, was {before}"
    return f"{before} → {after}" if before and after else before or after


def because_of(because: Because) -> str:
    """Return why a resource follows another."""
    return f"{because.property} comes from {name_of(because.of)}, which is replaced"


def remarks(resource: ChangedResource) -> list[str]:
    """Return what else is to be known of a resource."""
    told = list(resource.notes)
    if resource.protected:
        told.insert(0, "it is protected: the engine refuses, until protect is lifted")
    if resource.retained:
        told.append("it is left standing (retain_on_delete)")
    if resource.renamed:
        told.append(f"looks like {name_of(resource.renamed)} under another name: an alias may be missing")
    return told


def text_of(value: Any) -> str:
    """Return a value as text."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def shortened(text: str, width: int) -> str:
    """Return a text in at most `width` characters."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def counted(diff: Diff) -> str:
    """Return how many resources are added, changed, replaced and removed."""
    return ", ".join(f"{diff.counts.get(name, 0)} {name}" for name in ("added", "changed", "replaced", "removed"))


def compared_with(diff: Diff) -> str:
    """Return what a diff is against."""
    given, commit = shortened(diff.against.given, GIVEN), diff.against.commit[:COMMIT]
    if not commit:
        return given
    return commit if diff.against.commit.startswith(diff.against.given) else f"{given} ({commit})"


def _listed(items: list[Any], word: str, width: int) -> str:
    return shortened(f"{word}{', '.join(text_of(item) for item in items)}", width) if items else ""


def _readable(value: Any) -> Any:
    """Return a text that is written in base 64, as user data is, as what it says."""
    if isinstance(value, str) and len(value) > LEAD and len(value) % 4 == 0:
        try:
            text = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return value
        return text if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable() else value
    return value


def _around(text: str, other: str, width: int) -> str:
    """Return the part of a long text in which it parts from another."""
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    begin = max(0, same - LEAD)
    return shortened(f"{'…' if begin else ''}{text[begin:]}", width)
