"""Resources that are removed under one name and added under another: an alias may be missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from rehearsal.diff.rehearsed import Rehearsed
from rehearsal.diff.values import canonical, leaves, written

SUFFIX: Final = re.compile(r"-[0-9a-f]{7}(?![0-9a-z])")
"""What the provider puts behind an automatic name."""
IGNORED: Final = ("tagsAll",)


def renames(removed: Sequence[Rehearsed], added: Sequence[Rehearsed]) -> dict[str, str]:
    """Return, by the URN of what is removed, the URN of what is added and says the same.

    Where several do, the one with the nearest name is taken. What is found tells that ids of it stand for each other,
    by which resources that refer to it are found too.
    """
    found: dict[str, str] = {}
    ids: dict[str, str] = {}
    while True:
        pairs = _round(removed, added, found, ids)
        if not pairs:
            return found
        for old, new in pairs:
            found[old.urn] = new.urn
            ids |= {old.id: new.id} if old.id and new.id else {}
            ids |= _stand_ins(old, new)


def _round(
    removed: Sequence[Rehearsed], added: Sequence[Rehearsed], found: Mapping[str, str], ids: Mapping[str, str]
) -> list[tuple[Rehearsed, Rehearsed]]:
    candidates: dict[str, list[Rehearsed]] = defaultdict(list)
    for resource in added:
        if resource.urn not in found.values():
            candidates[_said(resource, {})].append(resource)
    pairs: list[tuple[Rehearsed, Rehearsed]] = []
    for old in removed:
        alike = candidates.get(_said(old, ids), []) if old.urn not in found else []
        if alike:
            new = max(alike, key=lambda each: SequenceMatcher(None, old.name, each.name).ratio())
            alike.remove(new)
            pairs.append((old, new))
    return pairs


def _said(resource: Rehearsed, ids: Mapping[str, str]) -> str:
    """Return what a resource says beside its own name, with ids of renamed ones replaced by their new ones."""
    said: list[tuple[str, str]] = []
    for path, leaf in leaves({key: value for key, value in resource.inputs.items() if key not in IGNORED}):
        text = leaf if isinstance(leaf, str) else canonical(leaf)
        for old, new in ids.items():
            text = text.replace(old, new)
        said.append((written(path), SUFFIX.sub("", text.replace(resource.name, "<name>"))))
    return canonical([resource.type, *map(list, sorted(said))])


def _stand_ins(old: Rehearsed, new: Rehearsed) -> dict[str, str]:
    """Return what else of the old one others may hold: its ARN and the like."""
    return {
        before: after
        for name, before in old.outputs.items()
        if isinstance(before, str)
        and isinstance(after := new.outputs.get(name), str)
        and before != after
        and old.id
        and old.id in before
    }
