"""How far a permission reaches: whether all that a pattern of ARNs matches is this environment's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.environments import Naming
from policies.globs import as_glob, glob_matches, globs_overlap
from policies.iam_documents import NARROWING_OPERATORS, Statement
from policies.resources import Resource

ARN_PARTS: Final = 6

DATA_ACTIONS: Final = (
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:PutBucketPolicy",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
    "rds-db:connect",
    "rds-data:ExecuteStatement",
    "rds-data:BatchExecuteStatement",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sns:Publish",
    "kinesis:GetRecords",
    "kinesis:PutRecord",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:PutImage",
    "ecr:CreateRepository",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
    "logs:StartQuery",
    "logs:PutLogEvents",
    "es:ESHttpGet",
    "es:ESHttpPost",
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientWrite",
    "sagemaker:InvokeEndpoint",
    "lambda:InvokeFunction",
    "sts:AssumeRole",
    "iam:PassRole",
)
"""Actions that read, write or hand on what an environment keeps, one or two of each kind: IAM's patterns of actions
grant them together with those of the same kind."""

_SCOPES: Final[Mapping[str, re.Pattern[str]]] = {
    service: re.compile(pattern, re.DOTALL)
    for service, pattern in {
        "s3": r"([^/]*)",
        "kms": r"((?:key|alias)/.*)",
        "secretsmanager": r"secret:(.*?)(?:-\?{6})?",
        "ssm": r"parameter(/.*)",
        "rds-db": r"dbuser:([^/]*)",
        "dynamodb": r"table/([^/]*)",
        "kinesis": r"stream/([^/]*)",
        "logs": r"log-group:([^:]*)",
        "lambda": r"function:([^:]*)",
        "es": r"domain/([^/]*)",
        "ecr": r"repository/(.*)",
    }.items()
}
"""Where in the last part of an ARN the name of the thing stands; below it a pattern may match anything."""

_WILDCARD = re.compile(r"[*?]")
_PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov")
_ARN_SERVICES: Final = {"sts": "iam", "rds-data": "rds"}
"""Services whose actions are on ARNs of another."""
_OUTPUTS: Final = {"arn", "name", "bucket", "keyId", "clusterResourceId", "resourceId", "ecrRepositoryPrefix"}
"""Outputs that ARNs are made of; `secretArn` of the secret that RDS makes is one more."""


@dataclass(frozen=True)
class Reach:
    """What counts as the environment's own."""

    naming: Naming
    own_names: Collection[str]
    """Names, ARNs and ids that AWS gave to resources of this stack."""
    account: str = ""
    """The environment's account where no other works in it; empty otherwise."""
    shared: Sequence[str] = ()
    """ARNs of others that may be reached, with * for anything."""
    environment_tag: str = ""

    def foreign(self, statement: Statement, actions: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Give each action that a statement grants on what may be another environment's, with the pattern at fault."""
        if not statement.allows or self.narrowed(statement):
            return
        patterns = ["*"] if statement.not_resources else [as_glob(each) for each in statement.resources]
        for action in actions:
            if statement.grants(action):
                service = action.partition(":")[0]
                for pattern in patterns:
                    if _may_be_of(pattern, service) and not self.holds(pattern, service):
                        yield action, pattern

    def holds(self, pattern: str, service: str) -> bool:
        """Say whether all that a pattern of ARNs matches of one service is the environment's own, or shared."""
        # Two odd characters in place of a wildcard, so that only a * of the list covers it.
        if any(glob_matches(each, _WILDCARD.sub("\0\0", pattern)) for each in self.shared):
            return True
        parts = pattern.split(":", ARN_PARTS - 1)
        if len(parts) < ARN_PARTS:
            return False
        if self.account and parts[4] == self.account:
            return True
        name = _name(service, parts[5])
        if _WILDCARD.search(name):
            return self.naming.pins_own(name) or self._begins_with_own(name)
        return self.naming.carries_own(name) or (not self.naming.named(name) and name in self.own_names)

    def _begins_with_own(self, name: str) -> bool:
        """Say whether what stands before the first wildcard goes below something of this stack: `docker-hub/*`."""
        head = _WILDCARD.split(name, maxsplit=1)[0]
        return not self.naming.named(head) and any(
            head[:end] in self.own_names for end in range(1, len(head)) if head[end] in "/:"
        )

    def narrowed(self, statement: Statement) -> bool:
        """Say whether a condition leaves only the environment's own: by tag, by account or by a key's alias."""
        for operator, tests in statement.conditions.items():
            if operator.lower().removeprefix("foranyvalue:") not in NARROWING_OPERATORS:
                continue
            for key, values in tests.items():
                if values and all(self._own_value(key, value) for value in values):
                    return True
        return False

    def _own_value(self, key: str, value: str) -> bool:
        # Keys of conditions have no case, but the keys of tags inside them do in their values alone.
        name, slash, tag = key.partition("/")
        kind = name.lower().partition(":")[2]
        if slash and kind == "resourcetag":
            by_tag = tag.lower() == self.environment_tag.lower() and value == self.naming.own
            by_key = self.naming.carries_own(tag) and not _WILDCARD.search(value)
            return by_tag or by_key or self.naming.pins_own(as_glob(value))
        if kind == "resourceaccount":
            return bool(self.account) and value == self.account
        return kind == "resourcealiases" and self.naming.pins_own(as_glob(value))


def _may_be_of(pattern: str, service: str) -> bool:
    """Say whether a pattern of ARNs can match one of a service's at all."""
    of = _ARN_SERVICES.get(service, service)
    return any(globs_overlap(pattern, f"arn:{partition}:{of}:*") for partition in _PARTITIONS)


def _name(service: str, rest: str) -> str:
    """Return the name of the thing in the last part of an ARN; all of it where the service's form does not fit."""
    scope = _SCOPES.get(service)
    match = (scope.fullmatch(rest) or scope.match(rest)) if scope else None
    return match[1] if match else rest


def own_names(resources: Iterable[Resource]) -> set[str]:
    """Return what ARNs of a stack's resources name: names, ids, and the last parts of ARNs."""
    found: set[str] = set()
    for resource in resources:
        # A policy has the name of what it is attached to, which may be anybody's.
        if resource.type.startswith("aws:") and not resource.type.endswith("Policy"):
            for path, text in resource.texts:
                if path in _OUTPUTS or (path.startswith("masterUserSecrets.") and path.endswith(".secretArn")):
                    found |= _names_in(text)
    return found


def _names_in(text: str) -> set[str]:
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS or parts[0] != "arn":
        return {text}
    service, rest = parts[2], parts[5]
    of_proxy = {rest.removeprefix("db-proxy:")} if service == "rds" else set[str]()
    return {rest, _name(service, rest)} | of_proxy
