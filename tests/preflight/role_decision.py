"""What IAM says to a request of the CI role: whether one of its policies allows it, and its boundary too.

Taken for granted: that what stands carries the environment's tag, and that a service uses a key on the role's behalf.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, cast

import botocore.session
from botocore import xform_name

from preflight.ci_permissions import BOUNDARY, carried_policies, policy

TAG: Final = "llm-platform:environment"
SDK_NAMES: Final = {"aps": "amp"}
"""What botocore calls a service that IAM calls otherwise."""
IAM_NAMES: Final = {sdk: iam for iam, sdk in SDK_NAMES.items()}
IAM_ACTIONS: Final = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""What IAM calls an operation otherwise: https://docs.aws.amazon.com/service-authorization/latest/reference/"""
ARNS: Final[Mapping[str, Sequence[str]]] = {
    "budgets": ("arn:aws:budgets::{account}:budget/{BudgetName}",),
    "chatbot": ("arn:aws:chatbot::{account}:chat-configuration/slack-channel/{ConfigurationName}",),
    "cloudtrail": (
        "arn:aws:cloudtrail:{region}:{account}:trail/{Name}",
        "arn:aws:cloudtrail:{region}:{account}:trail/{TrailName}",
    ),
    "ecr": ("arn:aws:ecr:{region}:{account}:repository/{repositoryName}",),
    "eks": (
        "arn:aws:eks:{region}:{account}:cluster/{name}",
        "arn:aws:eks:{region}:{account}:any-type/{clusterName}/any-name",
    ),
    "iam": ("arn:aws:iam::{account}:role/{RoleName}",),
    "kms": (
        "arn:aws:kms:{region}:{account}:{AliasName}",
        "arn:aws:kms:{region}:{account}:key/{TargetKeyId}",
        "arn:aws:kms:{region}:{account}:key/{KeyId}",
    ),
    "logs": ("arn:aws:logs:{region}:{account}:log-group:{logGroupName}",),
    "s3": ("arn:aws:s3:::{Bucket}",),
    "secretsmanager": ("arn:aws:secretsmanager:{region}:{account}:secret:{Name}-AbCdEf", "{SecretId}"),
    "ssm": ("arn:aws:ssm:{region}:{account}:parameter{Name}",),
}
"""What a request is about, by its parameters; each that it has must be allowed. Anything else fits "*" alone."""


@dataclass(frozen=True)
class Request:
    """An action on a thing, as IAM sees it."""

    action: str
    resource: str
    context: Mapping[str, str]


def places_of(stack: str, account_id: str = "222233334444", region: str = "us-east-1") -> dict[str, str]:
    """Return what the policies' placeholders stand for in an environment."""
    platform = f"llm-platform-{stack}"
    return {
        "account": account_id,
        "region": region,
        "environment": stack,
        "platform": platform,
        "state_bucket": f"{platform}-state-{account_id}-{region}",
        "key": f"arn:aws:kms:{region}:{account_id}:key/11112222-3333-4444-5555-666677778888",
    }


@cache
def operations(service: str) -> tuple[str, ...]:
    """Return the operations of a service, which may have IAM's name or botocore's."""
    model = botocore.session.Session().get_service_model(SDK_NAMES.get(service, service))
    return tuple(cast("list[str]", model.operation_names))


@cache
def _api_names(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in operations(service)}


def requests(
    service: str, operation: str, parameters: Mapping[str, Any], places: Mapping[str, str]
) -> Iterator[Request]:
    """Translate a call of boto3; `places` has account, region and environment."""
    prefix = IAM_NAMES.get(service, service)
    action = f"{prefix}:{_api_names(service)[operation]}"
    context = {"aws:RequestedRegion": places["region"], f"aws:ResourceTag/{TAG}": places["environment"]}
    tag = _tag(parameters)
    if tag is not None:
        context[f"aws:RequestTag/{TAG}"] = tag
    if "PolicyArn" in parameters:
        context["iam:PolicyARN"] = parameters["PolicyArn"]
    known = {**places, **(parameters.get("Budget") or {}), **parameters}
    named = [template for template in ARNS.get(service, ()) if _filled(template, known)]
    for resource in [template.format_map(known) for template in named] or ["*"]:
        yield Request(IAM_ACTIONS.get(action, action), resource, context)


def allowed(request: Request, places: Mapping[str, str]) -> bool:
    """Whether a policy of the role lets it through, and the boundary does."""
    return any(verdict(name, request, places) == "allow" for name in carried_policies()) and (
        verdict(BOUNDARY, request, places) == "allow"
    )


def verdict(name: str, request: Request, places: Mapping[str, str]) -> str:
    """What one policy says, by IAM's rule that a denial wins: `allow`, `deny` or `implicit deny`."""
    fitting = [one["Effect"] for one in json.loads(policy(name, places))["Statement"] if _fits(one, request)]
    return "deny" if "Deny" in fitting else "allow" if fitting else "implicit deny"


def _fits(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        any(fnmatchcase(request.action.lower(), action.lower()) for action in statement["Action"])
        and any(fnmatchcase(request.resource, resource) for resource in statement["Resource"])
        and all(
            _holds(operator, request.context.get(key), [wanted] if isinstance(wanted, str) else wanted)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def _holds(operator: str, found: str | None, wanted: Sequence[str]) -> bool:
    if operator == "Null":
        return wanted == [str(found is None).lower()]
    if operator not in ("StringEquals", "ArnLike"):
        raise ValueError(f"a condition that is not known here: {operator}")
    return found is not None and any(fnmatchcase(found, each) for each in wanted)


def _filled(template: str, known: Mapping[str, Any]) -> bool:
    try:
        template.format_map(known)
    except KeyError:
        return False
    return True


def _tag(value: Any) -> str | None:
    """The environment's tag in any of the forms that AWS's services write tags in."""
    if isinstance(value, list):
        return next((tag for tag in map(_tag, cast("list[Any]", value)) if tag is not None), None)
    if not isinstance(value, dict):
        return None
    entry = cast("dict[str, Any]", value)
    if TAG in entry:
        return entry[TAG]
    for prefix in ("", "Tag"):
        if TAG in (entry.get(f"{prefix}Key"), entry.get(f"{prefix}Key".lower())):
            return entry.get(f"{prefix}Value", entry.get(f"{prefix}Value".lower()))
    return _tag(list(entry.values()))
