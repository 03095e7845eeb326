"""A resource, and the stack that it stands in, as policies see them under the engine and in a rehearsal alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import Any

from policies.nodes import nodes
from policies.reading import Properties, Undecided


# The same few types are asked for the same patterns by every policy.
@cache
def is_of(type_: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a resource type is one of some; `*` stands for anything: `kubernetes:apps/*`."""
    return any(fnmatchcase(type_, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Resource:
    """One resource: its inputs for policies of one resource, its outputs for policies of the whole stack."""

    type: str
    name: str
    """Logical name, the last part of the URN."""
    urn: str
    properties: Properties
    protect: bool = False
    parent: str = ""
    """URN; empty where it is not known."""
    provider: Properties = field(default_factory=lambda: Properties({}))
    """Inputs of the provider that makes it; empty for the default provider."""
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """URNs that each property comes from; only for policies of the whole stack."""
    dependencies: Sequence[str] = ()

    @property
    def environment(self) -> str:
        """Name of the stack, from the URN: `urn:pulumi:prod::...`."""
        head, *_ = self.urn.split("::")
        return head.rpartition(":")[2]

    @cached_property
    def texts(self) -> Sequence[tuple[str, str]]:
        """Every known text with its path, however deep it lies.

        What is not known yet is passed over: it comes from a resource of this very stack.
        """
        return [(".".join(keys), value) for keys, value in nodes(self.properties.value()) if isinstance(value, str)]

    @property
    def kind(self) -> str:
        """Type as a person says it: `Bucket`."""
        return self.type.rsplit(":", 1)[-1]

    def tags(self) -> dict[str, str | None]:
        """Return the tags that AWS will see, None for values not known yet: the provider's default tags, then its own.

        The provider merges default tags while it checks the inputs, into `tags` or `tagsAll`; where no provider has
        looked at them yet only its own configuration has them. Raises `Undecided` where a whole set of tags is not
        known.
        """
        defaults = self.provider.document("defaultTags")  # nested provider configuration travels as JSON text
        merged: dict[str, str | None] = {}
        for source in (defaults.inner("tags"), self.properties.inner("tags"), self.properties.inner("tagsAll")):
            for key in source.keys():  # noqa: SIM118 - not a mapping: keys() leaves out nulls
                try:
                    merged[key] = source.entry(key)
                except Undecided:
                    merged[key] = None
        return merged


@dataclass(frozen=True)
class Stack:
    """All resources of a stack."""

    resources: tuple[Resource, ...]

    @property
    def environment(self) -> str:
        """Name of the stack; empty for a stack without resources."""
        return self.resources[0].environment if self.resources else ""

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        """Resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, *patterns: str) -> list[Resource]:
        """Return the resources of some types; `*` stands for anything."""
        return [
            resource for type_, resources in self._by_type.items() if is_of(type_, patterns) for resource in resources
        ]

    @cached_property
    def _referring(self) -> dict[str, list[tuple[str, Resource]]]:
        found: dict[str, list[tuple[str, Resource]]] = {}
        for resource in self.resources:
            for name, urns in resource.property_dependencies.items():
                for urn in urns:
                    found.setdefault(urn, []).append((name, resource))
        return found

    def referring(
        self, to: Resource, property_: str, *types: str, names: Iterable[str] = ("id", "name", "arn")
    ) -> list[Resource]:
        """Return the resources whose `property_` refers to `to`, as the engine's dependencies say or by an equal value.

        `names` are the outputs of `to` that the value may be equal to. Dependencies are known in a preview as well.
        """
        by_dependency = {
            resource.urn: resource
            for name, resource in self._referring.get(to.urn, [])
            if name == property_ and is_of(resource.type, types)
        }
        values = {value for name in names if (value := _known_text(to.properties, name))}
        by_value = {
            resource.urn: resource
            for resource in (self.of_type(*types) if values else ())
            if _known_text(resource.properties, property_) in values
        }
        return list({**by_value, **by_dependency}.values())

    def referred(self, resource: Resource, property_: str) -> Iterator[Resource]:
        """Return what `property_` of a resource comes from, by the engine's dependencies."""
        for urn in resource.property_dependencies.get(property_, ()):
            if urn in self.by_urn:
                yield self.by_urn[urn]


def _known_text(properties: Properties, path: str) -> str | None:
    try:
        value: Any = properties.value(path)
    except Undecided:
        return None
    return value if isinstance(value, str) else None
