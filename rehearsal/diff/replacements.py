"""Which changes of an input replace a resource: facts of the providers, and what the SDK's docstrings say beside them.

The Python SDK leaves out what its schema knows of replacements, so the facts stand in replacements.yaml.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field

from rehearsal import sdk
from rehearsal.diff.values import ABSENT, Difference, Kind, leaves
from rehearsal.diff.values import Path as PropertyPath

FACTS: Final = Path(__file__).with_name("replacements.yaml")

FORCES: Final = re.compile(
    r"forces?\s+(?:an?\s+|the\s+)?(?:new\s+resource|(?:resource\s+)?(?:replacement|re-?creation))"
    r"|force\s+a\s+new\s+\S+\s+to\s+be\s+created",
    re.IGNORECASE,
)
CONDITIONAL: Final = re.compile(r"\b(?:if|when|unless|disabling|lower)\b", re.IGNORECASE)
"""A sentence that replaces only in some cases says too little for a fact."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Closed):
    """A property whose change replaces the resource, in the cases that it names."""

    path: str
    """Property path; `[*]` stands for any item of a list. Everything below it counts too."""
    when: Literal["smaller", "added", "removed", "added or removed"] | None = None
    previous: str | None = Field(default=None, alias="from")
    to: str | None = None
    where: dict[str, Any] = {}
    """Other inputs, as they must stand afterwards."""
    where_not: dict[str, Any] = {}

    def applies(self, difference: Difference, inputs: Mapping[str, Any]) -> bool:
        """Say whether the change of a leaf is one that replaces."""
        return (
            reaches(self.path, difference.path)
            and self._is_case(difference)
            and (self.previous is None or str(difference.old) == self.previous)
            and (self.to is None or str(difference.new) == self.to)
            and all(inputs.get(key) == value for key, value in self.where.items())
            and not any(inputs.get(key) == value for key, value in self.where_not.items())
        )

    def _is_case(self, difference: Difference) -> bool:
        match self.when:
            case None:
                return True
            case "smaller":
                return _is_smaller(difference.old, difference.new)
            case "added":
                return difference.kind is Kind.ADDED
            case "removed":
                return difference.kind is Kind.REMOVED
            case "added or removed":
                return difference.kind in (Kind.ADDED, Kind.REMOVED)


class TypeFacts(_Closed):
    """What is known of a resource type."""

    source: str
    replaces: tuple[str | Rule, ...] = ()
    in_place: tuple[str, ...] = ()
    """Properties that are updated although a docstring reads as if they were not."""
    unordered: tuple[str, ...] = ()
    """Lists that the provider keeps as sets."""
    refused: dict[str, str] = {}
    """Properties that neither can be updated nor replace the resource, and who refuses the update."""
    nothing: str = ""
    """Why no change replaces it, where that is so."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Everything that replaces."""
        return tuple(Rule(path=each) if isinstance(each, str) else each for each in self.replaces)


class _Facts(_Closed):
    read: date
    types: dict[str, TypeFacts]


@dataclass(frozen=True)
class Reason:
    """Why a change replaces."""

    source: str


@cache
def facts() -> Mapping[str, TypeFacts]:
    """Return the facts by resource type; a type may be a pattern."""
    return _Facts.model_validate(yaml.safe_load(FACTS.read_text())).types


@cache
def facts_of(type_: str) -> tuple[TypeFacts, ...]:
    """Return what is known of a type, from the particular to the general."""
    known = facts()
    general = [each for pattern, each in known.items() if "*" in pattern and fnmatchcase(type_, pattern)]
    return (*((known[type_],) if type_ in known else ()), *general)


def is_known(type_: str) -> bool:
    """Say whether there are facts of just this type."""
    return type_ in facts()


def replaces(type_: str, difference: Difference, inputs: Mapping[str, Any]) -> Reason | None:
    """Return why a change of a leaf replaces the resource; None where it doesn't, or nobody says that it does."""
    if difference.kind in (Kind.UNKNOWN, Kind.REORDERED) and not _is_ordered(type_, difference):
        return None
    for each in facts_of(type_):
        if any(rule.applies(difference, inputs) for rule in each.rules):
            return Reason(each.source)
    own = facts().get(type_)
    settled = {rule.path.split("[")[0].split(".")[0] for rule in own.rules} | {*own.in_place} if own else set[str]()
    top = str(difference.path[0]) if difference.path else ""
    if top not in settled and top in told_by_sdk(type_):
        return Reason("docstring of the pulumi_aws SDK")
    return None


def refusal(type_: str, difference: Difference) -> str:
    """Return who refuses the update of a property, and why; empty where it is updated or replaces."""
    for each in facts_of(type_):
        for path, why in each.refused.items():
            if reaches(path, difference.path):
                return why
    return ""


def is_unordered(type_: str, path: PropertyPath) -> bool:
    """Say whether a list is kept as a set by the provider, so that its order means nothing."""
    return any(reaches(name, path) for each in facts_of(type_) for name in each.unordered)


def _is_ordered(type_: str, difference: Difference) -> bool:
    return difference.kind is Kind.REORDERED and not is_unordered(type_, difference.path)


def reaches(pattern: str, path: PropertyPath) -> bool:
    """Say whether a change at `path` is one of the property `pattern`: at it, below it, or of all that is around it."""
    wanted = _parts(pattern)
    return all(part in ("*", str(given)) for part, given in zip(wanted, path, strict=False))


@cache
def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"\.|\[|\]", pattern) if part)


def _is_smaller(old: Any, new: Any) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return new < old
    numbers = [[int(digits) for digits in re.findall(r"\d+", str(value))] for value in (old, new)]
    return ABSENT not in (old, new) and numbers[1] < numbers[0]


@cache
def told_by_sdk(type_: str) -> frozenset[str]:
    """Return the inputs whose docstring says, without a condition, that a change replaces the resource."""
    if not type_.startswith("aws:"):
        return frozenset()
    try:
        cls = sdk.resource_class(type_)
    except KeyError:
        return frozenset()
    module = sys.modules[cls.__module__]
    arguments = getattr(module, f"{cls.__name__}InitArgs", None) or getattr(module, f"{cls.__name__}Args", None)
    found: set[str] = set()
    for name, member in vars(arguments).items():
        if isinstance(member, property):
            sentences = re.split(r"(?<=\.)\s+", inspect.getdoc(member.fget) or "")
            if any(FORCES.search(each) and not CONDITIONAL.search(each) for each in sentences):
                found.add(getattr(member.fget, "_pulumi_name", name))
    return frozenset(found)


def forcing_leaves(type_: str, property_: str, inputs: Mapping[str, Any]) -> list[tuple[PropertyPath, Any]]:
    """Return the leaves of an input whose change to something else would replace the resource."""
    return [
        (path, leaf)
        for path, leaf in leaves(cast("Any", inputs.get(property_)), (property_,))
        if replaces(type_, Difference(path, Kind.CHANGED, leaf, "another"), inputs) is not None
    ]
