"""What in AWS or in a cluster a resource stands for, so that two that stand for one thing are seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack, is_of

FILE: Final = Path(__file__).parent / "facts" / "identities.yaml"
PLACES: Final = ("allowedAccountIds", "assumeRoles", "profile", "cluster", "context", "kubeconfig")
"""Properties of a provider that say which account or cluster it works in."""
NAMES: Final = ("id", "name", "arn", "bucket", "url", "keyId")
"""Outputs that others name a resource by."""

Identity = tuple[Hashable, ...]


@dataclass(frozen=True)
class _Part:
    """One property of what makes a thing itself."""

    property_: str
    of_type: str
    """Type of the resource that it names; empty where it is a text like others."""


@dataclass(frozen=True)
class IdentityFacts:
    """What pulumi-aws's types are known by."""

    types: Mapping[str, tuple[_Part, ...]]
    everywhere: tuple[str, ...]
    """Types whose names are one for all regions."""
    named_for_the_account: Mapping[str, str]
    """Property that holds a name which is one for the whole account and region, by type."""


@cache
def identity_facts() -> IdentityFacts:
    """Return facts/identities.yaml."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return IdentityFacts(
        types={
            type_: tuple(_Part(*part.partition(">")[::2]) for part in parts)
            for type_, parts in content["types"].items()
        },
        everywhere=tuple(content["global"]),
        named_for_the_account=content["named_for_the_account"],
    )


class Owners:
    """The things that a stack's resources stand for."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._urns: dict[str, dict[str, str]] = {}
        providers = Counter(provider.kind for provider in stack.of_type("pulumi:providers:*"))
        self._several = {package for package, count in providers.items() if count > 1}

    def identity(self, resource: Resource) -> Identity | None:
        """Return what a resource stands for, equal for two that stand for one thing; None where it is not known."""
        thing = _of_cluster(resource) if resource.type.startswith("kubernetes:") else self._of_aws(resource)
        place = self._place(resource)
        return (*place, *thing) if thing and place is not None else None

    def _of_aws(self, resource: Resource) -> Identity | None:
        parts = identity_facts().types.get(resource.type, ())
        values = [self._value(resource, part) for part in parts]
        return (resource.type, *values) if values and values[0] is not None and _UNKNOWN not in values else None

    def _value(self, resource: Resource, part: _Part) -> Hashable:
        if part.of_type:
            return self.referred(resource, part.property_, part.of_type)
        try:
            return resource.properties.text(part.property_)
        except Undecided:
            return _UNKNOWN

    def referred(self, resource: Resource, property_: str, of_type: str) -> Hashable:
        """Return the URN of the resource that a property names, or its text where the stack has no such resource."""
        try:
            text = resource.properties.text(property_)
        except Undecided:
            found = [each.urn for each in self._stack.referred(resource, property_) if fnmatchcase(each.type, of_type)]
            return found[0] if len(found) == 1 else _UNKNOWN
        return None if text is None else self._names(of_type).get(text, text)

    def _names(self, of_type: str) -> dict[str, str]:
        """Return URNs by every name that resources of a type have."""
        if of_type not in self._urns:
            self._urns[of_type] = {
                text: target.urn
                for target in self._stack.of_type(of_type)
                for name in NAMES
                if (text := known_text(target.properties, name))
            }
        return self._urns[of_type]

    def _place(self, resource: Resource) -> Identity | None:
        """Return account and region, or cluster; None where the stack has several and it is not known which."""
        package = resource.type.partition(":")[0]
        texts: list[Hashable] = []
        for name in PLACES if package in self._several else ():
            try:
                texts.append(resource.provider.text(name))
            except Undecided:
                return None
        if package == "aws" and not is_of(resource.type, identity_facts().everywhere):
            region = known_text(resource.properties, "region") or known_text(resource.provider, "region")
            texts.append(region)
        return tuple(texts)


_UNKNOWN: Final = object()


def _of_cluster(resource: Resource) -> Identity | None:
    """Return group, kind, namespace and name of an object; of a Helm release what Helm knows it by."""
    release = resource.type == "kubernetes:helm.sh/v3:Release"
    metadata = resource.properties if release else resource.properties.inner("metadata")
    try:
        name, namespace = metadata.text("name"), metadata.text("namespace")
    except Undecided:
        return None
    _, version, kind = resource.type.split(":", 2)
    return (version.rpartition("/")[0], kind, namespace or "default", name) if name else None


def known_text(properties: Properties, path: str) -> str | None:
    """Return a text, None also where it is not known yet."""
    try:
        return properties.text(path)
    except Undecided:
        return None


def is_of_unnamed(resource: Resource, path: str, targets: Iterable[Resource], names: Iterable[str]) -> bool:
    """Say whether a property comes from a resource that has a name which is not known yet: it may be that one."""
    urns = set(resource.property_dependencies.get(path.partition(".")[0], ()))
    return any(target.urn in urns and any(_is_unknown(target.properties, name) for name in names) for target in targets)


def _is_unknown(properties: Properties, name: str) -> bool:
    try:
        properties.value(name)
    except Undecided:
        return True
    return False
