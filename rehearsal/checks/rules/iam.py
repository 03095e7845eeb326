"""What IAM refuses in roles and policies."""

from __future__ import annotations

import json
import re

from rehearsal.checks.documents import document, not_json, strings
from rehearsal.checks.policy_grammar import SOURCE, Use, violations
from rehearsal.checks.reading import is_absent, known, of, text, texts
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

ROLE, POLICY, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT, PROFILE = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/instanceProfile:InstanceProfile",
)
QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
LONGEST = {POLICY: ("policy", 6144), ROLE_POLICY: ("policy", 10240), ROLE: ("assumeRolePolicy", 2048)}
MOST_ATTACHED = 10
LONGEST_ROLE_NAME = 64


@rule(ROLE, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html")
def trust_policy(r: Registration, _: World) -> Broken:
    """A role has a trust policy: principals, sts: actions, no resource."""
    path = "assumeRolePolicy"
    if is_absent(r, path):
        yield path, "is missing"
    wrong = not_json(r, path)
    if wrong:
        yield path, wrong
    found = document(r, path)
    yield from ((path, message) for message in violations(found, Use.TRUST)) if found is not None else ()


@rule(ROLE, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html")
def role_name(r: Registration, _: World) -> Broken:
    """A role's name has at most 64 characters; the model allows a policy's 128."""
    for at, name in texts(r, "name"):
        if len(name) > LONGEST_ROLE_NAME:
            yield at, f"{name!r} has {len(name)} characters; at most {LONGEST_ROLE_NAME}"


@rule(POLICY, ROLE_POLICY, source=SOURCE)
def identity_policy(r: Registration, _: World) -> Broken:
    """An identity policy has actions and resources, and no principal."""
    if is_absent(r, "policy"):
        yield "policy", "is missing"
    wrong = not_json(r, "policy")
    if wrong:
        yield "policy", wrong
    found = document(r, "policy")
    yield from ((("policy", message) for message in violations(found, Use.IDENTITY)) if found is not None else ())


@rule(*LONGEST, source=QUOTAS)
def policy_size(r: Registration, world: World) -> Broken:
    """A policy fits its quota, white space not counted; a role's inline policies share theirs."""
    path, most = LONGEST[r.type]
    size = _size(next((value for _, value in known(r, path)), None))
    if r.type == ROLE_POLICY and text(r, "role"):
        size += sum(
            _size(of(other.outputs, "policy"))
            for other in world.of_type(ROLE_POLICY)
            if of(other.outputs, "role") == text(r, "role")
        )
    if size > most:
        yield path, f"{size} characters without white space; at most {most}"


def _size(policy: object) -> int:
    if policy is None or not isinstance(policy, str | dict):
        return 0
    return len(re.sub(r"\s", "", policy if isinstance(policy, str) else json.dumps(policy, default=str)))


@rule(ATTACHMENT, source=QUOTAS)
def attached_policies(r: Registration, world: World) -> Broken:
    """A role has at most ten managed policies."""
    for at, role in texts(r, "role"):
        others = [other for other in world.of_type(ATTACHMENT) if of(other.outputs, "role") == role]
        if len(others) >= MOST_ATTACHED:
            yield at, f"{role} has {len(others)} managed policies already; at most {MOST_ATTACHED}"


@rule(
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html",
)
def identity_provider(r: Registration, _: World) -> Broken:
    """An identity provider is reached by https."""
    for at, url in texts(r, "url"):
        # The provider also takes and returns the address without its scheme.
        if "://" in url and not url.startswith("https://"):
            yield at, f"{url} does not begin with https://"


RESOURCE_POLICIES = {
    "aws:kms/key:Key": ("policy", "kms"),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", "s3"),
    "aws:sqs/queue:Queue": ("policy", "sqs"),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "sqs"),
    "aws:sns/topic:Topic": ("policy", "sns"),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", "sns"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", "ecr"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("policy", ""),
    "aws:secretsmanager/secret:Secret": ("policy", "secretsmanager"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", "secretsmanager"),
}


@rule(*RESOURCE_POLICIES, source=SOURCE)
def resource_policy(r: Registration, _: World) -> Broken:
    """A resource policy names principals, and actions of its own service."""
    path, service = RESOURCE_POLICIES[r.type]
    wrong = not_json(r, path)
    if wrong:
        yield path, wrong
    found = document(r, path)
    if found is None:
        return
    use = Use.REPOSITORY if service == "ecr" else Use.RESOURCE
    yield from ((path, message) for message in violations(found, use))
    statements = found.get("Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = strings(statement.get("Action")) if isinstance(statement, dict) else []
        for action in actions if service else []:
            if action != "*" and not action.lower().startswith(f"{service}:"):
                yield path, f"action {action} is not one of {service}"
