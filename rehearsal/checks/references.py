"""Reference integrity: every id, ARN and name in an input resolves to something made, adopted or declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rehearsal.aws.translation import translators
from rehearsal.checks import arns, facts
from rehearsal.checks.reference_kinds import BY_PROPERTY, BY_TYPE, Kind
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration

Found = Iterator[tuple[str, str]]
"""Property paths with what is wrong there."""

_IDENTIFIER: Final = re.compile(
    r"(vpc|subnet|sg|lt|eipalloc|nat|igw|eigw|rtb|rtbassoc|vpce|h|cr|ami|i|fs|vol|snap|eni|pl|acl|tgw|dopt|pg|sgr)"
    r"-[0-9a-f]{8}(?:[0-9a-f]{9})?"
)
_PROSE: Final = {"tags", "tagsAll", "description", "alarmDescription", "displayName", "userData", "Condition"}
"""Properties whose text refers to nothing; conditions may name what does not exist yet."""
NOWHERE: Final = "resolves to nothing that stands in the program or is declared external"
_POLICIES: Final = {"policy", "assumeRolePolicy"}


def unresolved(r: Registration, world: World) -> Found:
    """Yield every reference in the inputs that resolves to nothing, or to a thing of another kind."""
    # A key of AWS's API says what it names; the same word in a Helm chart's values may mean anything.
    by_property = BY_PROPERTY if r.type.startswith("aws:") else {}
    for path, value in _leaves(r.inputs, ""):
        keys = [re.sub(r"\[\d+\]", "", part) for part in path.split(".")]
        if _PROSE & set(keys):
            continue
        dotted = ".".join(keys)
        kind = BY_TYPE[r.type, dotted] if (r.type, dotted) in BY_TYPE else by_property.get(keys[-1])
        if kind is not None:
            problem = _as_kind(value, kind, world)
        elif (r.type, dotted) in BY_TYPE:
            continue
        elif keys[-1] in _POLICIES:
            yield from _in_policy(path, value, world)
            continue
        elif value[:1] in "{[" and (document := _parsed(value)) is not None:
            yield from ((path, p) for _, text in _leaves(document, "") if (p := _anywhere(text, world)))
            continue
        else:
            problem = _anywhere(value, world)
        if problem:
            yield path, problem


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value is not UNKNOWN:
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _leaves(item, f"{path}[{index}]")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _as_kind(value: str, kind: Kind, world: World) -> str | None:
    """Judge a value that is known to name a thing of one kind."""
    identifier, parts = _IDENTIFIER.fullmatch(value), arns.parse(value)
    if kind.id_prefix and identifier and not value.startswith(kind.id_prefix):
        return f"{value} is not the id of a {kind.noun}"
    if parts is not None:
        wrong = kind.arn not in value
        return f"{value} is not the ARN of a {kind.noun}" if wrong else _arn(value, parts, world)
    if kind.arn_only:
        return f"{value!r} is not an ARN, which is needed here: a {kind.noun}"
    if _stands(value, kind, world):
        return None
    found = world.by_id(value)
    if found is not None:
        return f"{value} is not a {kind.noun}: it is {found.registration.type} {found.registration.name}"
    return f"no {kind.noun} {value} stands in the program, and none is declared external"


def _stands(value: str, kind: Kind, world: World) -> bool:
    """Say whether a thing of the kind is declared, was made, or may have a name that is not known yet."""
    if world.is_external(value) or world.find(value, *kind.types) is not None:
        return True
    # An id that another resource brought along, such as a cluster's own security group, or made that is of a type
    # of which the rehearsal knows nothing.
    maker = world.by_id(value)
    brought = maker is not None and (
        (bool(kind.id_prefix) and value.startswith(kind.id_prefix)) or maker.registration.type not in translators()
    )
    return brought or (kind.by_name and world.has_unnamed(*kind.types))


def _anywhere(value: str, world: World) -> str | None:
    """Judge a value of no known kind: only what looks like an id or an ARN refers to something."""
    parts = arns.parse(value)
    if parts is not None:
        return _arn(value, parts, world)
    if _IDENTIFIER.fullmatch(value) and world.by_id(value) is None and not world.is_external(value):
        return f"{value} {NOWHERE}"
    return None


def _elsewhere(value: str, parts: arns.Arn, world: World) -> str | None:
    """Judge an ARN's account and region."""
    if world.is_external(value):
        return None
    if parts.account not in ("", "*", "aws", world.account_id) and "?" not in parts.account:
        return f"{value} is in account {parts.account}; the stack is in {world.account_id}"
    if parts.region not in ("", "*", world.region):
        return f"{value} is in region {parts.region}; the stack is in {world.region}"
    return None


def _arn(value: str, parts: arns.Arn, world: World) -> str | None:
    """Judge an ARN: account and region first, then whether anything answers to it."""
    problem = _elsewhere(value, parts, world)
    if problem or parts.account == "aws":
        return problem or _managed(parts)
    stands = world.by_id(value) is not None or world.is_external(value)
    if stands or _is_made_by_services(parts):
        return None
    owner = _owner(value, parts)
    if owner != value:
        return _arn(owner, arns.parse(owner) or parts, world)
    # A pattern of the stack's own account and region may match what comes later.
    return None if arns.is_pattern(value) else f"{value} {NOWHERE}"


def _owner(value: str, parts: arns.Arn) -> str:
    """Return the ARN, or id, of what has to stand: an object's bucket, a log stream's group, a user's database."""
    if parts.service == "s3" and "/" in parts.resource:
        return value.partition("/")[0]
    if parts.service == "logs" and parts.resource.endswith(":*") and parts.resource != "log-group:*":
        return value.removesuffix(":*")
    if parts.service == "rds-db":  # arn:aws:rds-db:<region>:<account>:dbuser:<cluster's or proxy's own id>/<user>
        owner = parts.resource.removeprefix("dbuser:").partition("/")[0]
        proxy = f"arn:{parts.partition}:rds:{parts.region}:{parts.account}:db-proxy:{owner}"
        return proxy if owner.startswith("prx-") else owner
    return value


def _is_made_by_services(parts: arns.Arn) -> bool:
    """Say whether it is a log group that a service makes for itself, such as a SageMaker endpoint's."""
    return parts.service == "logs" and parts.resource.startswith("log-group:/aws/")


def _managed(parts: arns.Arn) -> str | None:
    """Judge the ARN of one of AWS's own policies."""
    kind, _, name = parts.resource.partition("/")
    if (parts.service, kind) == ("iam", "policy") and name not in facts.managed_policies():
        return f"AWS has no managed policy {name}"
    if (parts.service, kind) == ("eks", "cluster-access-policy") and name not in facts.values("access_policies"):
        return f"EKS has no access policy {name}; it has {', '.join(facts.values('access_policies'))}"
    return None


def _in_policy(path: str, value: str, world: World) -> Found:
    """Judge the ARNs of a policy document: principals have to stand, resources have to be of this account.

    A resource that does not stand yet is judged at the end, since a policy may name what comes after it.
    """
    document = _parsed(value)
    for at, text in _leaves(document, ""):
        parts = arns.parse(text)
        if parts is None or "Condition" in at:
            continue
        problem = _arn(text, parts, world) if "rincipal" in at else _elsewhere(text, parts, world)
        if problem:
            yield path, f"{at}: {problem}"


def dangling(r: Registration, world: World) -> Found:
    """Yield the resources of a policy document that resolve to nothing, once everything stands."""
    for path, value in _leaves(r.inputs, ""):
        if path.rpartition(".")[2] not in _POLICIES:
            continue
        for at, text in _leaves(_parsed(value), ""):
            parts = arns.parse(text)
            if parts is not None and "Resource" in at:
                problem = _arn(text, parts, world)
                if problem:
                    yield path, f"{at}: {problem}"
