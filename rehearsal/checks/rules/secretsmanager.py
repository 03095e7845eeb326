"""What Secrets Manager refuses in secrets, values, policies and rotation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from rehearsal.checks import arns
from rehearsal.checks.documents import as_list, document, strings
from rehearsal.checks.reading import is_absent, number, text, texts, truth
from rehearsal.checks.rule import Broken, exactly_one, rule
from rehearsal.checks.schedules import problem
from rehearsal.checks.world import World
from rehearsal.plan import Registration

SECRETS: Final = "aws:secretsmanager/secret:Secret"
VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
CREATE = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"
RECOVERY_DAYS = range(7, 31)
MOST_BYTES = 65536
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


@rule(SECRETS, source=CREATE)
def name(r: Registration, _: World) -> Broken:
    """A name has Secrets Manager's characters."""
    for at, value in texts(r, "name"):
        if not _NAME.fullmatch(value):
            yield at, f"{value!r}: 1 to 512 letters, digits and /_+=.@-"


@rule(SECRETS, source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html")
def recovery(r: Registration, _: World) -> Broken:
    """A deleted secret can be recovered for 7 to 30 days, or not at all."""
    days = number(r, "recoveryWindowInDays")
    if days is not None and days != 0 and days not in RECOVERY_DAYS:
        yield "recoveryWindowInDays", f"{days} is not allowed; allowed: 0, and 7 to 30"


@rule(
    SECRETS, source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html"
)
def replicas(r: Registration, world: World) -> Broken:
    """A replica is in another region, and in each region there is one."""
    seen = {world.region}
    for at, region in texts(r, "replicas[].region"):
        if region in seen:
            yield at, f"{region} has the secret already"
        seen.add(region)


@rule(VERSION, source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html")
def value(r: Registration, _: World) -> Broken:
    """A version has one value, of text or binary, of at most 64 KiB."""
    yield from exactly_one(r, ("secretString", "secretBinary", "secretStringWo"), "a version")
    for path in ("secretString", "secretStringWo"):
        for at, content in texts(r, path):
            size = len(content.encode())
            if not 1 <= size <= MOST_BYTES:
                yield at, f"(not shown) has {size} bytes; allowed: 1 to {MOST_BYTES}"


@rule(
    SECRETS,
    POLICY,
    source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html",
)
def public(r: Registration, _: World) -> Broken:
    """A policy that blocks public access gives none."""
    found = document(r, "policy")
    if found is None or not truth(r, "blockPublicPolicy"):
        return
    for index, statement in enumerate(as_list(found.get("Statement"))):
        if isinstance(statement, Mapping) and _is_public(cast("Mapping[str, Any]", statement)):
            yield "policy", f"Statement[{index}] lets anybody in, which blockPublicPolicy refuses"


def _is_public(statement: Mapping[str, Any]) -> bool:
    principal: Any = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, Mapping) and "*" in strings(principal.get("AWS")))
    return statement.get("Effect") == "Allow" and everybody and not statement.get("Condition")


@rule(ROTATION, source="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html")
def rotation(r: Registration, world: World) -> Broken:
    """A secret rotates by days or by a schedule; one of our own needs a function, one of RDS's takes none."""
    if is_absent(r, "rotationRules"):
        yield "rotationRules", "is missing"
    yield from exactly_one(r, ("rotationRules.automaticallyAfterDays", "rotationRules.scheduleExpression"), "rotation")
    for at, expression in texts(r, "rotationRules.scheduleExpression"):
        wrong = _schedule_problem(expression)
        if wrong:
            yield at, f"{expression!r}: {wrong}"
    secret = text(r, "secretId")
    ours = secret is not None and world.find(secret, SECRETS) is not None
    if ours and is_absent(r, "rotationLambdaArn") and is_absent(r, "externalSecretRotationRoleArn"):
        yield "rotationLambdaArn", "is missing; only secrets that a service manages rotate without a function"
    for at, function in texts(r, "rotationLambdaArn"):
        parsed = arns.parse(function)
        if parsed is None or parsed.service != "lambda":
            yield at, f"{function} is not the ARN of a function"


def _schedule_problem(expression: str) -> str | None:
    """Return what is wrong with a schedule for a secret, or None."""
    wrong = problem(expression)
    if wrong:
        return wrong
    if expression.startswith("rate(") and "minute" in expression:
        return "a secret rotates at most every four hours"
    return None
