"""What a replacement brings with it: resources that hold an id or an address of the one that is replaced.

Ids are seeded in rehearsals, so they are the same on both sides; what is replaced gets others in AWS. Where they are
known they are looked for in every input, for they also come by way of others (a subnet's id by its association); where
they are not, what an input depends on is followed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal import sdk
from rehearsal.diff.changes import Because
from rehearsal.diff.rehearsed import Rehearsed
from rehearsal.diff.replacements import replaces
from rehearsal.diff.values import UNKNOWN, Difference, Kind, Path, leaves, written

SHORTEST: Final = 4
"""Characters of a value that can be recognised inside another text."""
WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
OF_PLACE: Final = frozenset(
    {"region", "ownerId", "registryId", "availabilityZoneId", "hostedZoneId", "state", "status"}
)
"""Outputs that a resource has by where it stands, not by which one it is."""


@dataclass(frozen=True)
class _Leaf:
    holder: Rehearsed
    path: Path
    text: str


class Chain:
    """Follows replacements from resource to resource."""

    def __init__(self, resources: Iterable[Rehearsed]) -> None:
        self.replaced: dict[str, list[Because]] = {}
        """Resources that are replaced because others are."""
        self.updated: dict[str, list[Because]] = defaultdict(list)
        """Resources that are updated because others are replaced."""
        self._resources = {resource.urn: resource for resource in resources}
        self._outputs = Counter(value for each in self._resources.values() for value in _computed(each))
        self._holding: dict[str, list[_Leaf]] = defaultdict(list)
        self._unknown: dict[str, list[_Leaf]] = defaultdict(list)
        for resource in self._resources.values():
            if not resource.is_component:
                self._note(resource)

    def _note(self, resource: Rehearsed) -> None:
        dependencies = resource.depends_by_property
        for path, value in leaves(resource.inputs):
            if not isinstance(value, str):
                continue
            leaf = _Leaf(resource, path, value)
            if value == UNKNOWN:
                for urn in dependencies.get(str(path[0]), ()):
                    self._unknown[urn].append(leaf)
            else:
                for word in set(WORD.findall(value)):
                    self._holding[word].append(leaf)

    def follow(self, replaced: Iterable[str], existing: Mapping[str, Any]) -> None:
        """Follow what is replaced to what holds something of it; only what was there before can be replaced."""
        begun = list(replaced)
        seen = set(begun)
        while begun:
            source = self._resources[begun.pop()]
            for leaf in self._holders(source):
                urn = leaf.holder.urn
                if urn not in existing or urn == source.urn:
                    continue
                because = Because(property=written(leaf.path), of=source.urn)
                change = Difference(leaf.path, Kind.CHANGED, leaf.text, "another")
                if replaces(leaf.holder.type, change, leaf.holder.inputs) is None:
                    self.updated[urn].append(because)
                    continue
                self.replaced.setdefault(urn, []).append(because)
                if urn not in seen:
                    seen.add(urn)
                    begun.append(urn)

    def _holders(self, source: Rehearsed) -> Iterator[_Leaf]:
        found = {(leaf.holder.urn, leaf.path): leaf for leaf in self._unknown[source.urn]}
        for value in values_made_anew(source):
            own = bool(source.id) and source.id in value
            if self._outputs[value] > 1 and not own:
                continue  # several have it, so it is of none of them alone
            longest = max(WORD.findall(value), key=len, default="")
            found |= {(leaf.holder.urn, leaf.path): leaf for leaf in self._holding[longest] if value in leaf.text}
        yield from found.values()


def values_made_anew(resource: Rehearsed) -> frozenset[str]:
    """Return the outputs that a new resource has other values for.

    A resource that is known by a name which the program gives keeps that name, and what is made of it.
    """
    values = _computed(resource)
    named = _named_by_provider(resource)
    if named is not None:
        values |= {named}
    kept = "" if resource.id in values else resource.id
    return frozenset(value for value in values if len(value) >= SHORTEST and not (kept and kept in value))


def _computed(resource: Rehearsed) -> set[str]:
    """Return the texts among the outputs that no input gives, and the id where none does."""
    given = {leaf for _, leaf in leaves(resource.inputs) if isinstance(leaf, str)}
    outputs = {key: value for key, value in resource.outputs.items() if key not in OF_PLACE}
    told = {leaf for _, leaf in leaves(outputs) if isinstance(leaf, str)} | {resource.id}
    return {value for value in told - given if value and not value.startswith("[")}


def _named_by_provider(resource: Rehearsed) -> str | None:
    """Return the automatic name of a resource; the provider gives another one to the one that takes its place."""
    named = sdk.auto_named(resource.type) if resource.type.startswith("aws:") else None
    if named is None:
        return None
    without: dict[str, Any] = {key: value for key, value in resource.inputs.items() if key != named}
    made = sdk.automatic_name(resource.type, resource.name, resource.urn, without)
    return made[1] if made is not None and made[1] == resource.inputs.get(named) else None
