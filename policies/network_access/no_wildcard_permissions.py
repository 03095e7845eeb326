"""Permissions name the actions that they grant, or the resources that they grant them on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.globs import glob_matches
from policies.iam_documents import Statement, each_statement, is_anything
from policies.mappings import elements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

INLINE: Final = ("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",)


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at every document of permissions that a resource has."""
    properties = resource.properties
    if resource.kind == "Role":
        yield from each(elements(properties, "inlinePolicies"), lambda policy: _wild(policy, "policy", configuration))
    else:
        yield from _wild(properties, "inlinePolicy" if resource.type in INLINE else "policy", configuration)


def _wild(properties: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    yield from each_statement(properties.document(path), lambda statement: _of_statement(statement, configuration))


def _of_statement(statement: Statement, configuration: Properties) -> Iterator[Violation]:
    if not statement.allows:
        return
    if statement.not_actions:
        fault = f"allows everything but {', '.join(statement.not_actions)}"
        yield Violation(fault, "name the actions that are needed", f"{statement.path}.NotAction")
        return
    everywhere = bool(statement.not_resources) or any(_is_everything(pattern) for pattern in statement.resources)
    unnamed = everywhere or any(_is_every_one_of_a_type(pattern) for pattern in statement.resources)
    narrowed = _is_narrowed(statement, configuration)
    for action in statement.actions:
        if unnamed and is_anything(action.rpartition(":")[2]):
            # A condition is no remedy: nobody knows what a whole service will be able to do.
            fault = f"allows {action} on {_said(statement)}"
            yield Violation(fault, "name the actions and the resources that are needed", f"{statement.path}.Action")
        elif everywhere and not narrowed and not _may_be_everywhere(action, configuration):
            fault = f"allows {action} on {_said(statement)} without a condition that narrows it"
            remedy = "name the resources, or demand tags of them in a condition"
            yield Violation(fault, remedy, f"{statement.path}.Resource")


def _is_everything(resource: str) -> bool:
    """Say whether a pattern leaves out no resource of a service: `*`, `arn:aws:s3:::*`, `arn:aws:s3:::*/*`."""
    parts = resource.split(":", 5)
    return not re.sub(r"[*?/:]", "", parts[5] if len(parts) > 5 else resource)  # noqa: PLR2004 - parts of an ARN


def _is_every_one_of_a_type(resource: str) -> bool:
    """Say whether a pattern names a type alone: `arn:aws:kms:us-east-1:111122223333:key/*`."""
    if re.fullmatch(r"arn:[\w-]+:s3:::[\w.-]+/.*", resource):
        return False  # the objects of one bucket, whose ARN says nothing of its type
    return re.fullmatch(r"[\w-]+[:/][*?:/]*\*[*?:/]*", resource.split(":", 5)[-1]) is not None


def _is_narrowed(statement: Statement, configuration: Properties) -> bool:
    wanted = [key.lower() for key in configuration.texts("narrowing_conditions")]
    return any(glob_matches(pattern, key) for pattern in wanted for key in statement.condition_keys())


def _may_be_everywhere(action: str, configuration: Properties) -> bool:
    """Say whether an action only reads what there is, or has no resources that could be named."""
    verb = action.rpartition(":")[2]
    if any(verb.startswith(reading) for reading in configuration.texts("reading_verbs")):
        return True
    allowed = configuration.texts("actions_without_resources")
    return any(glob_matches(pattern.lower(), action.lower()) for pattern in allowed)


def _said(statement: Statement) -> str:
    return (
        f"all but {', '.join(statement.not_resources)}" if statement.not_resources else ", ".join(statement.resources)
    )


POLICY = ResourcePolicy(
    name="no-wildcard-permissions",
    description="Permissions name the actions that they grant, or the resources that they grant them on.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "reading_verbs": texts(
                "Beginnings of actions that only say what there is; Get is not among them, "
                "for it reads secrets and objects as well.",
                ["Describe", "List"],
            ),
            "actions_without_resources": texts(
                "Actions that AWS grants on all resources only, or that give away nothing.",
                [
                    "cloudwatch:GetMetricData",
                    "cloudwatch:GetMetricStatistics",
                    "cloudwatch:PutMetricData",
                    "ec2:GetSecurityGroupsForVpc",
                    "ecr:GetAuthorizationToken",
                    "ecr-public:GetAuthorizationToken",
                    "pricing:GetProducts",
                    "ssmmessages:*Channel",
                    "sts:GetCallerIdentity",
                    "sts:GetServiceBearerToken",
                    "tag:GetResources",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
            ),
            "narrowing_conditions": texts(
                "Keys of conditions that stand in for naming resources; * stands for anything.",
                [
                    "aws:ResourceTag/*",
                    "aws:RequestTag/*",
                    "*:ResourceTag/*",
                    "kms:ResourceAliases",
                    "iam:AWSServiceName",
                    "iam:PassedToService",
                ],
            ),
        }
    ),
    types=(
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/policy:Policy",
        "aws:iam/userPolicy:UserPolicy",
        "aws:iam/groupPolicy:GroupPolicy",
        "aws:iam/role:Role",
        *INLINE,
    ),
    validate=validate,
)
