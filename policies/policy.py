"""What a policy of the pack is: a declaration with a rule, and what is done around every rule.

A rule yields what is wrong. It never raises for what stands in a resource: a value that is not known yet leaves that
part undecided, one of a wrong type is itself a violation, and a rule that trips over something else is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy import EnforcementLevel, PolicyConfigSchema, Severity

from policies.reading import Properties, Undecided, WrongType
from policies.resources import Resource, Stack, is_of

__all__ = ["EnforcementLevel", "PolicyConfigSchema", "ResourcePolicy", "Severity", "StackPolicy", "Violation", "each"]


MEND: Final = "mend the policy"
"""Remedy of a rule that raised."""


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong."""

    fault: str
    """What is wrong, with the value seen: `lets 0.0.0.0/0 reach port 22`."""
    remedy: str
    """What to do: `name the addresses that need it`."""
    path: str = ""
    """Property it stands in; empty for the resource as a whole."""
    resource: Resource | None = None
    """For policies of the whole stack: the resource it is about; None for the stack."""


@dataclass(frozen=True)
class Judgement:
    """What a policy found on one resource, or on the stack."""

    violations: tuple[Violation, ...] = ()
    undecided: tuple[str, ...] = ()
    """Properties that are not known yet."""


ResourceRule = Callable[[Resource, Properties], Iterable[Violation]]
StackRule = Callable[[Stack, Properties], Iterable[Violation]]


@dataclass(frozen=True, kw_only=True)
class _Policy:
    name: str
    description: str
    severity: Severity
    enforcement_level: EnforcementLevel
    config_schema: PolicyConfigSchema | None

    def configuration(self, given: Mapping[str, Any] | None = None) -> Properties:
        """Return the configuration with the schema's defaults where nothing is given."""
        schema = self.config_schema.properties if self.config_schema else {}
        defaults = {key: entry["default"] for key, entry in schema.items() if "default" in entry}
        return Properties({**defaults, **(given or {})}, f"configuration of {self.name}")


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(_Policy):
    """A rule on one resource as the program declares it (its inputs)."""

    types: tuple[str, ...]
    """Resource types that it looks at; `*` stands for anything: `kubernetes:apps/*`."""
    validate: ResourceRule

    def looks_at(self, type_: str) -> bool:
        """Say whether a resource type is one of its own."""
        return is_of(type_, self.types)

    def judge(self, resource: Resource, configuration: Properties) -> Judgement:
        """Apply the rule."""
        return _judged(lambda: self.validate(resource, configuration))


@dataclass(frozen=True, kw_only=True)
class StackPolicy(_Policy):
    """A rule on all resources of the stack together, with what is known of their outputs."""

    validate: StackRule

    def judge(self, stack: Stack, configuration: Properties) -> Judgement:
        """Apply the rule."""
        return _judged(lambda: self.validate(stack, configuration))


@dataclass
class _Ledger:
    violations: list[Violation] = field(default_factory=list[Violation])
    undecided: list[str] = field(default_factory=list[str])

    def take(self, found: Callable[[], Iterable[Violation | Undecided]], resource: Resource | None = None) -> None:
        try:
            for item in found():
                if isinstance(item, Undecided):
                    self.undecided.append(item.path)
                else:
                    self.violations.append(item)
        except Undecided as value:
            self.undecided.append(value.path)
        except WrongType as error:
            self.violations.append(_of_wrong_type(error, resource))


def _of_wrong_type(error: WrongType, resource: Resource | None = None) -> Violation:
    return Violation(str(error), f"give {error.allowed}", error.path, resource)


def _judged(rule: Callable[[], Iterable[Violation]]) -> Judgement:
    ledger = _Ledger()
    try:
        ledger.take(rule)
    except Exception as error:
        at = f"{type(error).__name__}: {error}"
        ledger.violations.append(Violation(f"the policy itself failed: {at}", MEND))
    return Judgement(tuple(ledger.violations), tuple(ledger.undecided))


def each(
    items: Iterable[Any], check: Callable[[Any], Iterable[Violation]], resource: Resource | None = None
) -> Iterator[Violation]:
    """Apply a check to every item; what is undecided or of a wrong type in one does not hide the others.

    In policies of the whole stack `items` are resources, and a wrong type is reported on its own.
    """
    for item in items:
        ledger = _Ledger()
        ledger.take(lambda item=item: check(item), item if isinstance(item, Resource) else resource)
        yield from ledger.violations
        # The ledger around the whole rule takes it; the annotation speaks of what a rule's author sees.
        yield from (Undecided(path) for path in ledger.undecided)  # pyright: ignore[reportReturnType] - as said above
