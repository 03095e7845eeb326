"""IAM's policy grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final, cast

from rehearsal.checks.documents import as_list, strings

SOURCE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
VERSIONS: Final = ("2012-10-17", "2008-10-17")
STATEMENT_KEYS: Final = frozenset(
    [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ]
)
PRINCIPAL_KINDS: Final = frozenset(("AWS", "Service", "Federated", "CanonicalUser"))
_OPERATOR: Final = re.compile(
    r"(?:ForAllValues:|ForAnyValue:)?"
    r"(?:(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)"
    r"|(?:Numeric|Date)(?:NotEquals|Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?|Null)"
)
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|aws\.internal)")
_ACTION: Final = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
_ACCOUNT: Final = re.compile(r"\d{12}|\*|arn:aws[a-z-]*:(?:iam|sts)::.+|A[A-Z0-9]{20}")


class Use(Enum):
    """What a policy is for, which decides what its statements must have."""

    IDENTITY = auto()
    TRUST = auto()
    RESOURCE = auto()
    REPOSITORY = auto()  # attached to the one resource that it is about: no Resource element


def violations(document: Mapping[str, Any], use: Use) -> Iterator[str]:
    """Yield every breach of the grammar."""
    version = document.get("Version")
    if version is not None and version not in VERSIONS:
        yield f"Version {version!r} is not one of {', '.join(VERSIONS)}"
    for key in sorted(document.keys() - {"Version", "Id", "Statement"}):
        yield f"a policy has no element {key}"
    statements = as_list(document.get("Statement"))
    if not statements:
        yield "a policy needs at least one Statement"
    sids: set[str] = set()
    for index, statement in enumerate(statements):
        if not isinstance(statement, Mapping):
            yield f"Statement[{index}] is not an object"
            continue
        for message in _statement(cast("Mapping[str, Any]", statement), use):
            yield f"Statement[{index}]: {message}"
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid:
            if sid in sids:
                yield f"Statement[{index}]: Sid {sid!r} is used twice"
            sids.add(sid)


def _statement(statement: Mapping[str, Any], use: Use) -> Iterator[str]:
    for key in sorted(statement.keys() - STATEMENT_KEYS):
        yield f"there is no element {key}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect {statement.get('Effect')!r} is not Allow or Deny"
    sid = statement.get("Sid")
    if use is Use.IDENTITY and isinstance(sid, str) and not re.fullmatch(r"[A-Za-z0-9]*", sid):
        yield f"Sid {sid!r} may have letters and digits only"
    yield from _one_of(statement, "Action", "NotAction")
    for action in strings(statement.get("Action")) + strings(statement.get("NotAction")):
        if not _ACTION.fullmatch(action):
            yield f"action {action!r} is not of the form service:Action"
        elif use is Use.TRUST and not action.startswith(("sts:", "*")):
            yield f"action {action!r} has no place in a trust policy, which allows sts: actions only"
    yield from _resources(statement, use)
    yield from _principals(statement, use)
    yield from _conditions(statement.get("Condition"))


def _one_of(statement: Mapping[str, Any], element: str, opposite: str) -> Iterator[str]:
    given = [key for key in (element, opposite) if key in statement]
    if not given:
        yield f"{element} is missing"
    elif len(given) > 1:
        yield f"{element} and {opposite} exclude each other"
    elif not as_list(statement[given[0]]):
        yield f"{given[0]} is empty"


def _resources(statement: Mapping[str, Any], use: Use) -> Iterator[str]:
    if use is Use.TRUST and {"Resource", "NotResource"} & statement.keys():
        yield "a trust policy has no Resource"
    if use in (Use.IDENTITY, Use.RESOURCE):
        yield from _one_of(statement, "Resource", "NotResource")
    if use is Use.IDENTITY:
        for resource in strings(statement.get("Resource")) + strings(statement.get("NotResource")):
            if resource != "*" and not re.match(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|\*|\$\{", resource):
                yield f"resource {resource!r} is neither an ARN nor '*'"


def _principals(statement: Mapping[str, Any], use: Use) -> Iterator[str]:
    given = [key for key in ("Principal", "NotPrincipal") if key in statement]
    if use is Use.IDENTITY:
        if given:
            yield f"an identity policy has no {given[0]}"
        return
    if not given:
        yield "Principal is missing"
    for key in given:
        principal = statement[key]
        if principal == "*":
            continue
        if not isinstance(principal, Mapping) or not principal:
            yield f"{key} {principal!r} is neither '*' nor an object"
            continue
        for kind, members in cast("Mapping[str, Any]", principal).items():
            yield from _principal(kind, strings(members))


def _principal(kind: str, members: list[str]) -> Iterator[str]:
    if kind not in PRINCIPAL_KINDS:
        yield f"there is no kind of principal {kind!r}; kinds: {', '.join(sorted(PRINCIPAL_KINDS))}"
    for member in members:
        if kind == "Service" and not _SERVICE.fullmatch(member):
            yield f"{member!r} is not a service principal such as ec2.amazonaws.com"
        if kind == "AWS" and not _ACCOUNT.fullmatch(member):
            yield f"{member!r} is not an account id, an IAM ARN or '*'"


def _conditions(condition: Any) -> Iterator[str]:
    if condition is None:
        return
    if not isinstance(condition, Mapping):
        yield "Condition is not an object"
        return
    for operator, keys in cast("Mapping[str, Any]", condition).items():
        if not _OPERATOR.fullmatch(operator):
            yield f"there is no condition operator {operator!r}"
        if not isinstance(keys, Mapping):
            yield f"the condition operator {operator!r} needs an object of keys"
