"""IAM documents: statements of permission, trust and resource policies, with one form for what has several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from policies.globs import glob_matches
from policies.mappings import elements
from policies.policy import Violation, each
from policies.reading import Properties, WrongType

EVERYONE = "*"
NARROWING_OPERATORS = frozenset(
    {
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "arnequals",
        "arnlike",
        "ipaddress",
        "bool",
        "numericequals",
        "binaryequals",
    }
)
"""Operators that hold only for the values named. Negated ones leave nearly everything open, those with IfExists hold
where the key is absent, and those with ForAllValues where it is empty."""


@dataclass(frozen=True)
class Statement:
    """One statement. Patterns are as they stand in it, also variables; a single text and a list read alike."""

    path: str
    """Property and place: `policy.Statement.0`."""
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    """By kind: AWS, Service, Federated, CanonicalUser; `"Principal": "*"` alone is of kind `*`."""
    not_principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Values by operator and key, both as they stand in the document."""

    @property
    def allows(self) -> bool:
        """Whether it grants something; anything but a Deny is taken for an Allow."""
        return self.effect != "Deny"

    @property
    def names_everyone(self) -> bool:
        """Whether its principals are everybody, or everybody but some."""
        anybody = any(name == EVERYONE for names in self.principals.values() for name in names)
        return anybody or (self.allows and bool(self.not_principals))

    def grants(self, action: str) -> bool:
        """Say whether one action is among its actions; names of actions have no case."""
        if self.actions:
            return any(glob_matches(pattern.lower(), action.lower()) for pattern in self.actions)
        return bool(self.not_actions) and not any(
            glob_matches(pattern.lower(), action.lower()) for pattern in self.not_actions
        )

    def condition(self, *keys: str, operators: Iterable[str] = NARROWING_OPERATORS) -> list[str]:
        """Return the values that operators of some kinds demand of any of the keys; keys have no case."""
        wanted = {key.lower() for key in keys}
        kinds = set(operators)
        return [
            value
            for operator, tests in self.conditions.items()
            if _kind(operator) in kinds
            for key, values in tests.items()
            if key.lower() in wanted
            for value in values
        ]

    def condition_keys(self) -> set[str]:
        """Return the keys that it demands values of, in lower case, where the values leave not everything open."""
        return {
            key.lower()
            for operator, tests in self.conditions.items()
            if _kind(operator) in NARROWING_OPERATORS
            for key, values in tests.items()
            if values and not any(is_anything(value) for value in values)
        }


def is_anything(pattern: str) -> bool:
    """Say whether a pattern matches every text, or every text that is not empty."""
    return bool(pattern) and set(pattern) <= {"*", "?"} and "*" in pattern


def _kind(operator: str) -> str:
    return operator.lower().removeprefix("foranyvalue:")


def statements(document: Properties) -> list[Statement]:
    """Return the statements of a document: `statements(resource.properties.document("policy"))`."""
    return [statement(entry) for entry in document.inners("Statement")]


def each_statement(document: Properties, check: Callable[[Statement], Iterable[Violation]]) -> Iterator[Violation]:
    """Apply a check to each statement; what is not known of one does not hide another's fault."""
    yield from each(elements(document, "Statement"), lambda entry: check(statement(entry)))


def statement(entry: Properties) -> Statement:
    """Return one statement."""
    return Statement(
        path=entry.path,
        sid=entry.text("Sid") or "",
        effect=entry.text("Effect") or "",
        actions=tuple(entry.texts("Action")),
        not_actions=tuple(entry.texts("NotAction")),
        resources=tuple(entry.texts("Resource")),
        not_resources=tuple(entry.texts("NotResource")),
        principals=_principals(entry, "Principal"),
        not_principals=_principals(entry, "NotPrincipal"),
        conditions={
            operator: {key: tuple(_values(entry, operator, key)) for key in entry.inner("Condition", operator).keys()}  # noqa: SIM118 - leaves out nulls
            for operator in entry.inner("Condition").keys()  # noqa: SIM118 - leaves out nulls
        },
    )


def _principals(entry: Properties, name: str) -> dict[str, tuple[str, ...]]:
    if isinstance(whole := entry.value(name), str):
        return {whole: (whole,)}
    return {kind: tuple(entry.texts(name, kind)) for kind in entry.inner(name).keys()}  # noqa: SIM118 - leaves out nulls


def _values(entry: Properties, operator: str, key: str) -> Iterator[str]:
    """Give the values of a condition as texts; documents have booleans and numbers there as well."""
    found = entry.value("Condition", operator, key)
    count = None if isinstance(found, str | bool | int | float) else entry.count("Condition", operator, key)
    for value in [found] if count is None else [entry.value("Condition", operator, key, str(n)) for n in range(count)]:
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str):
            yield value
        elif isinstance(value, int | float):
            yield f"{value:g}"
        else:
            raise WrongType(entry.at("Condition", operator, key), value, "a text")
