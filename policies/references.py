"""What a property refers to: resources of the stack by URN, and by id what the stack does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from policies.reading import Properties, Undecided, is_list
from policies.resources import Resource, Stack

PASSED_ON: Final = {"aws:ec2/routeTableAssociation:RouteTableAssociation": "subnetId"}
"""Property whose value programs take from a resource, to have what needs a subnet wait for the subnet's table."""


@dataclass
class References:
    """The references of a stack's resources."""

    stack: Stack
    undecided: list[str]
    """Is added to: properties that refer to something of the stack, and are not known yet."""

    def given(
        self,
        resource: Resource,
        properties: Properties,
        path: str,
        property_: str,
        types: Collection[str],
        ids: Collection[str],
    ) -> set[str]:
        """Return what a path in some properties of a resource refers to: one id, or a list of them.

        Where an id is not known, or is of no resource of these types, what `property_` comes from is taken instead: the
        property of the resource that the path lies in. `ids` are the outputs that resources are known by.
        """
        index = self._by_id(tuple(types), tuple(ids))
        found: set[str] = set()
        for value in _values(properties, path):
            if isinstance(value, str) and value in index:
                found.add(index[value])
                continue
            sources = self._sources(resource, property_, types)
            if sources:
                found |= sources
            elif isinstance(value, str):
                found.add(value)
            elif isinstance(value, Undecided) and resource.property_dependencies.get(property_):
                self.undecided.append(value.path)
        return found

    def _sources(self, resource: Resource, property_: str, types: Collection[str]) -> set[str]:
        """Return what of some types a property comes from, also by what only passes an id on."""
        found: set[str] = set()
        for source in self.stack.referred(resource, property_):
            if source.type in types:
                found.add(source.urn)
            elif source.type in PASSED_ON:
                passed = self.stack.referred(source, PASSED_ON[source.type])
                found |= {origin.urn for origin in passed if origin.type in types}
        return found

    def _by_id(self, types: tuple[str, ...], ids: tuple[str, ...]) -> dict[str, str]:
        if (types, ids) not in self._indexes:
            index = self._indexes[types, ids] = {}
            # In this order: an adopted default group comes before the VPC that it is the default of.
            for resource in (each for type_ in types for each in self.stack.of_type(type_)):
                for value in (value for path in ids for value in _values(resource.properties, path)):
                    if isinstance(value, str):
                        index.setdefault(value, resource.urn)
        return self._indexes[types, ids]

    @cached_property
    def _indexes(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, str]]:
        return {}


def _values(properties: Properties, path: str) -> Iterator[Any]:
    """Give the value at a path, or each of a list's; an Undecided for what is not known."""
    try:
        value = properties.value(path)
    except Undecided as unknown:
        yield unknown
        return
    if is_list(value):
        for number in range(len(value)):
            yield from _values(properties, f"{path}.{number}")
    elif value is not None:
        yield value
