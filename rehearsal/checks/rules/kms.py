"""What KMS refuses in keys and aliases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rehearsal.checks.documents import as_list, document, strings
from rehearsal.checks.reading import numbers, text, texts, truth
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

KEY = "aws:kms/key:Key"
WINDOW = range(7, 31)
ROTATION = range(90, 2561)
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html")
def days(r: Registration, _: World) -> Broken:
    """The deletion window is 7 to 30 days, the rotation period 90 to 2560, and only symmetric keys rotate."""
    for path, allowed in (("deletionWindowInDays", WINDOW), ("rotationPeriodInDays", ROTATION)):
        for at, value in numbers(r, path):
            if value not in allowed:
                yield at, f"{value} is not allowed; allowed: {allowed.start} to {allowed.stop - 1}"
    spec = text(r, "customerMasterKeySpec")
    if spec not in (None, "SYMMETRIC_DEFAULT") and truth(r, "enableKeyRotation"):
        yield "enableKeyRotation", f"a {spec} key does not rotate"


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html")
def administrator(r: Registration, _: World) -> Broken:
    """Somebody can still change the key's policy."""
    found = document(r, "policy")
    if found is None or truth(r, "bypassPolicyLockoutSafetyCheck"):
        return
    if not any(_administers(statement) for statement in as_list(found.get("Statement"))):
        yield "policy", "nobody may kms:PutKeyPolicy: the key could never be changed again"


def _administers(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
        return False
    principal: Any = statement.get("Principal")
    named = principal == "*" or (isinstance(principal, Mapping) and bool(strings(principal.get("AWS"))))
    allowed = ("*", "kms:*", "kms:put*", "kms:putkeypolicy")
    return named and any(action.lower() in allowed for action in strings(statement.get("Action")))


@rule("aws:kms/alias:Alias", source="https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html")
def alias(r: Registration, _: World) -> Broken:
    """An alias is called alias/..., not alias/aws/..., and points at a key."""
    for at, name in texts(r, "name"):
        if not _ALIAS.fullmatch(name) or name.startswith("alias/aws/"):
            yield at, f"{name!r} is not allowed: alias/ and letters, digits, / _ -, but not alias/aws/"
    for at, target in texts(r, "targetKeyId"):
        if target.startswith("alias/"):
            yield at, f"{target} is an alias; an alias points at a key"
