"""No role can reach another environment's data: all small statements of IAM, against an oracle that tries ARNs.

The oracle knows no rule of the policy: it has the resources of three environments and asks, for each statement, which
of them IAM would let through. Whatever reaches another environment is reported; what stays below the environment's own
names is not. Does not prove anything of Deny statements beside an Allow, of policies on the resources themselves, or of
names that do not follow the environments' naming.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from policies.reading import Properties
from policies.resources import Resource, Stack
from policies.whole_stack.roles_reach_only_their_environment import POLICY

ACCOUNT, REGION = "333344445555", "us-east-1"
OWN, OTHERS = "prod", ("dev", "staging")
AUTOMATIC = {"prod": "models-0a1b2c3", "dev": "models-7d7d7d7", "staging": "models-5f5f5f5"}
"""What the engine calls a thing that the program gives no name."""
KEY_IDS = {"prod": "0d9f6a52-7d1c", "dev": "7d7d7d7d-7d1c", "staging": "5f5f5f5f-7d1c"}

PIECES = ("llm-platform-", "llm-platform/", "prod", "dev", "*", "?", "-models", "models-0a1b2c3", "models-7d7d7d7", "/")

KINDS: Mapping[str, tuple[str, str]] = {
    "s3:GetObject": ("s3", "{}/weights"),
    "s3:ListBucket": ("s3", "{}"),
    "sqs:ReceiveMessage": ("sqs", "{}"),
    "secretsmanager:GetSecretValue": ("secretsmanager", "secret:{}-AbC123"),
    "ssm:GetParameter": ("ssm", "parameter/{}"),
    "dynamodb:GetItem": ("dynamodb", "table/{}"),
    "ecr:BatchGetImage": ("ecr", "repository/{}"),
    "logs:FilterLogEvents": ("logs", "log-group:{}:log-stream:a"),
    "rds-db:connect": ("rds-db", "dbuser:{}/embedding"),
    "sts:AssumeRole": ("iam", "role/{}"),
}
"""Action, service of the ARN, and the ARN's last part around a name."""


def arn(service: str, rest: str) -> str:
    """Return an ARN as AWS makes it for the service."""
    place = {"s3": ":", "iam": f":{ACCOUNT}"}.get(service, f"{REGION}:{ACCOUNT}")
    return f"arn:aws:{service}:{place}:{rest}"


@cache
def things() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the environment and the ARN of all that there is, by the action that reads it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for environment in (OWN, *OTHERS):
        names = [
            f"llm-platform{separator}{environment}{ending}"
            for separator in "-/"
            for ending in ("", "-models", "/models", "-models-0a1b2c3")
        ]
        for action, (service, rest) in KINDS.items():
            for name in (*names, AUTOMATIC[environment]):
                found.setdefault(action, []).append((environment, arn(service, rest.format(name))))
        found.setdefault("kms:Decrypt", []).append((environment, arn("kms", f"key/{KEY_IDS[environment]}")))
    return found


def fits(pattern: str, text: str) -> bool:
    """Say whether a pattern matches a text: what stands between stars, one after the other, unlike the policy's way."""
    first, *others = pattern.split("*")
    if not others:
        return alike(first, text)
    last = others.pop()
    at, end = len(first), len(text) - len(last)
    if at > end or not alike(first, text[:at]) or not alike(last, text[end:]):
        return False
    for piece in others:
        starts = range(at, end - len(piece) + 1)
        at = next((start + len(piece) for start in starts if alike(piece, text[start : start + len(piece)])), -1)
        if at < 0:
            return False
    return True


def alike(piece: str, text: str) -> bool:
    """Say whether a text is as a piece of a pattern, ? being any letter."""
    if "?" not in piece:
        return piece == text
    return len(piece) == len(text) and all(one in ("?", other) for one, other in zip(piece, text, strict=True))


def listed(value: str | Sequence[str] | None) -> Sequence[str]:
    """Return one or several as several."""
    return [value] if isinstance(value, str) else value or []


def holds(condition: Mapping[str, Mapping[str, Any]], environment: str) -> bool:
    """Say whether conditions on tags hold for a thing that is tagged with its environment."""
    tags = {"aws:ResourceTag/llm-platform:environment": environment, "aws:ResourceTag/llm-platform:team": "research"}
    for operator, tests in condition.items():
        for key, wanted in tests.items():
            seen = tags.get(key)
            if seen is None:
                met = operator.endswith("IfExists") or "Not" in operator
            elif "Like" in operator:
                met = any(fits(value, seen) for value in listed(wanted))
            else:
                met = seen in listed(wanted)
            if "Not" in operator and seen is not None:
                met = not met
            if not met:
                return False
    return True


def reached(statement: Mapping[str, Any]) -> set[str]:
    """Return the environments whose things a statement lets somebody read."""
    if statement["Effect"] != "Allow":
        return set()
    found: set[str] = set()
    for action, of_action in things().items():
        if "Action" in statement:
            granted = any(fits(pattern.lower(), action.lower()) for pattern in listed(statement["Action"]))
        else:
            granted = not any(fits(pattern.lower(), action.lower()) for pattern in listed(statement["NotAction"]))
        for environment, name in of_action if granted else ():
            if "Resource" in statement:
                meant = any(fits(pattern, name) for pattern in listed(statement["Resource"]))
            else:
                meant = not any(fits(pattern, name) for pattern in listed(statement["NotResource"]))
            if meant and holds(statement.get("Condition", {}), environment):
                found.add(environment)
    return found


CONDITIONS: Sequence[Mapping[str, Any]] = [
    {},
    {"StringEquals": {"aws:ResourceTag/llm-platform:environment": "prod"}},
    {"StringLike": {"aws:ResourceTag/llm-platform:environment": ["prod"]}},
    {"StringEquals": {"aws:ResourceTag/llm-platform:environment": ["prod", "dev"]}},
    {"StringEquals": {"aws:ResourceTag/llm-platform:environment": "dev"}},
    {"StringLike": {"aws:ResourceTag/llm-platform:environment": "*"}},
    {"StringNotEquals": {"aws:ResourceTag/llm-platform:environment": "dev"}},
    {"StringEqualsIfExists": {"aws:ResourceTag/llm-platform:environment": "prod"}},
    {"StringEquals": {"aws:ResourceTag/llm-platform:team": "research"}},
    {
        "StringEquals": {"aws:ResourceTag/llm-platform:environment": "prod"},
        "StringLike": {"aws:ResourceTag/llm-platform:team": "*"},
    },
]
ACTIONS = (
    "*",
    "s3:*",
    "s3:Get*",
    "S3:getobject",
    "*:GetObject",
    "s?:GetObject",
    "sqs:*",
    "ec2:Describe*",
    "s3:GetBucketLocation",
)
BROAD = (
    "*",
    "a*",
    "arn:*",
    "arn:aws:*",
    "arn:aws:s3:*",
    "arn:aws:s3:::*",
    "arn:aws:s*",
    "arn:*:secret:*",
    "arn:*:llm-platform-dev*",
    "arn:aws:*:*:*:*",
    "arn:aws:s3:*:*:llm-platform-prod-models/*",
    "arn:aws:s3:*:*:llm-platform-*/*",
    f"arn:aws:?qs:{REGION}:{ACCOUNT}:*",
    "arn:aws-cn:s3:::*",
    "arn:aws:ec2:*:*:instance/*",
)


def names() -> Iterator[str]:
    """Give every name of up to three pieces, wildcards among them."""
    for length in (1, 2, 3):
        for pieces in itertools.product(PIECES, repeat=length):
            yield "".join(pieces)


@cache
def statements() -> Sequence[dict[str, Any]]:
    """Return all statements: every name for every kind, and every combination of the rest over some names."""
    found: list[dict[str, Any]] = []
    for action, (service, rest) in KINDS.items():
        ending = rest.replace("-AbC123", "*").replace("/weights", "/*").replace(":log-stream:a", ":*")
        for name in dict.fromkeys(names()):
            found.append({"Effect": "Allow", "Action": action, "Resource": arn(service, ending.format(name))})
    resources = [
        *BROAD,
        arn("s3", "llm-platform-prod-models/*"),
        arn("s3", "llm-platform-*-models/*"),
        arn("s3", "llm-platform-dev-models/*"),
        arn("sqs", "models-0a1b2c3"),
        arn("sqs", "models-7d7d7d7"),
        arn("kms", "key/*"),
        arn("kms", f"key/{KEY_IDS['prod']}"),
        arn("kms", f"key/{KEY_IDS['dev']}"),
    ]
    for effect, resource, condition in itertools.product(("Allow", "Deny"), resources, CONDITIONS):
        shared = {"Effect": effect, **({"Condition": condition} if condition else {})}
        for action in (*ACTIONS, *KINDS, "kms:Decrypt", ("ec2:Describe*", "s3:GetObject")):
            found.append(
                {**shared, "Action": action if isinstance(action, str) else list(action), "Resource": resource}
            )
        found.append({**shared, "NotAction": ["iam:*", "ec2:*"], "Resource": resource})
        found.append({**shared, "Action": "s3:GetObject", "NotResource": resource})
        found.append(
            {**shared, "Action": "s3:GetObject", "Resource": [arn("s3", "llm-platform-prod-models/*"), resource]}
        )
    return found


@pytest.fixture(scope="module")
def reported() -> set[int]:
    """Numbers of the statements that the policy reports, all of them in one document of one role."""
    own = [
        ("aws:s3/bucket:Bucket", {"bucket": AUTOMATIC[OWN], "arn": arn("s3", AUTOMATIC[OWN])}),
        ("aws:sqs/queue:Queue", {"name": AUTOMATIC[OWN], "arn": arn("sqs", AUTOMATIC[OWN])}),
        ("aws:kms/key:Key", {"keyId": KEY_IDS[OWN], "arn": arn("kms", f"key/{KEY_IDS[OWN]}")}),
        (
            "aws:iam/rolePolicy:RolePolicy",
            {"policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements())})},
        ),
    ]
    stack = Stack(
        tuple(
            Resource(type_, "models", f"urn:pulumi:{OWN}::llm-platform::{type_}::models", Properties(values))
            for type_, values in own
        )
    )
    judgement = POLICY.judge(stack, POLICY.configuration({}))
    assert judgement.undecided == ()
    return {int(violation.path.removeprefix("policy.Statement.")) for violation in judgement.violations}


@cache
def verdicts() -> Sequence[set[str]]:
    """Return the environments that each statement reaches."""
    return [reached(each) for each in statements()]


def test_there_are_as_many_statements_as_meant() -> None:
    assert len(statements()) == 22_140
    assert sum(bool(each - {OWN}) for each in verdicts()) == 1_920
    assert sum(each == {OWN} for each in verdicts()) > 1_000


def test_whatever_reaches_another_environment_is_reported(reported: set[int]) -> None:
    missed = [statements()[number] for number, each in enumerate(verdicts()) if each - {OWN} and number not in reported]

    assert missed == []


def below_own_names(statement: Mapping[str, Any]) -> bool:
    """Say whether a statement names only what is plainly the environment's: its name, a separator, then anything."""
    if "Resource" not in statement or "Action" not in statement:
        return False
    for resource in listed(statement["Resource"]):
        parts = resource.split(":", 5)
        service = parts[2] if len(parts) == 6 else "*"
        rest = next((rest for of, rest in KINDS.values() if of == service), "")
        name = parts[-1].removeprefix(rest.partition("{")[0])
        separators = "-/" if service in ("secretsmanager", "ssm", "ecr", "logs", "iam") else "-"
        starts = tuple(f"llm-platform{one}prod{other}" for one in separators for other in "-/")
        if not rest or not name.startswith(starts) or "dev" in name:
            return False
    return True


def test_what_stays_below_the_environments_names_is_not_reported(reported: set[int]) -> None:
    own = [number for number, each in enumerate(statements()) if below_own_names(each)]

    assert len(own) > 200
    assert [statements()[number] for number in own if verdicts()[number] - {OWN}] == []
    assert [statements()[number] for number in own if number in reported] == []


def test_what_is_denied_is_not_reported(reported: set[int]) -> None:
    assert [number for number in reported if statements()[number]["Effect"] == "Deny"] == []
