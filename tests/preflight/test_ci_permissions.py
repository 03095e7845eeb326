"""The CI role's policies: within IAM's limits, made of actions that exist, and no wider than they say.

Whether they are enough to build the platform: test_ci_role_suffices.py, as far as a rehearsal can tell.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from preflight.ci_permissions import BOUNDARY, Statement, carried_policies, policy, statements
from tests.preflight.role_decision import Request, operations, places_of, verdict

PLACES = places_of("staging")
ALL = [(name, each) for name, group in statements().items() for each in group]
IDS = [f"{name}-{each.sid}" for name, each in ALL]

# Where IAM's name of an action differs from the API's: the action tables of the Service Authorization Reference.
IAM_ONLY = {
    "budgets:ModifyBudget",
    "budgets:ViewBudget",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
    "iam:PassRole",
}


@pytest.mark.parametrize(("name", "statement"), ALL, ids=IDS)
def test_every_action_exists(name: str, statement: Statement) -> None:
    for action in statement.actions:
        service, _, pattern = action.partition(":")
        known = [f"{service}:{operation}" for operation in operations(service)]
        known += [extra for extra in IAM_ONLY if extra.startswith(f"{service}:")]
        assert any(fnmatchcase(each, action) for each in known), f"{name}: no action matches {pattern} of {service}"


@pytest.mark.parametrize(("name", "statement"), ALL, ids=IDS)
def test_every_statement_says_why(name: str, statement: Statement) -> None:
    assert len(statement.why) > 30, name


@pytest.mark.parametrize(
    "statement", [each for name, each in ALL if name != BOUNDARY], ids=[i for i in IDS if not i.startswith(BOUNDARY)]
)
def test_writes_to_anything_are_bound_to_region_or_tag(statement: Statement) -> None:
    if "*" not in statement.resources or statement.sid == "Look":
        return
    keys = {key for tests in statement.conditions.values() for key in tests}
    bounds = {
        "aws:RequestedRegion",
        "aws:RequestTag/llm-platform:environment",
        "aws:ResourceTag/llm-platform:environment",
        "ec2:CreateAction",
    }
    assert keys & bounds, f"{statement.sid} may change anything anywhere"


def test_what_reads_everything_only_reads() -> None:
    [look] = [each for each in statements()["read"] if each.sid == "Look"]
    for action in look.actions:
        assert re.fullmatch(r"[a-z0-9-]+:(Describe|Get|List)\w*\*?", action)
        assert not fnmatchcase("s3:GetObject", action)
        assert not fnmatchcase("logs:GetLogEvents", action)
        assert not fnmatchcase("ssm:GetParameter", action)


def test_secrets_are_read_below_the_environment_s_own_paths_only() -> None:
    def reads(action: str) -> bool:
        return fnmatchcase("secretsmanager:GetSecretValue", action)

    readers = [each for name, each in ALL if name != BOUNDARY and any(map(reads, each.actions))]
    assert [each.resources for each in readers] == [
        (
            "arn:aws:secretsmanager:{region}:{account}:secret:llm-platform/{environment}/*",
            "arn:aws:secretsmanager:{region}:{account}:secret:{platform}/hybrid-nodes/*",
        )
    ]


def test_a_key_is_used_through_a_service_only() -> None:
    users = [each for _, each in ALL if "kms:Decrypt" in each.actions and each.resources != ("{key}",)]
    assert users
    for each in users:
        assert "kms:ViaService" in each.conditions["StringEquals"], each.sid


def test_no_statement_allows_everything() -> None:
    for name, statement in ALL:
        assert "*" not in statement.actions, name


def test_the_policies_fit_into_iam() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    longest = PLACES | {"environment": "e" * 16, "platform": f"llm-platform-{'e' * 16}", "region": "ap-southeast-1"}
    sizes = {name: len(re.sub(r"\s", "", policy(name, longest))) for name in statements()}
    assert max(sizes.values()) <= 6_144, sizes
    assert len(carried_policies()) <= 10, "policies of a role, before AWS is asked for more"


def test_every_allowed_service_is_within_the_boundary() -> None:
    inside = {action.partition(":")[0] for action in statements()[BOUNDARY][0].actions}
    used = {action.partition(":")[0] for name in carried_policies() for s in statements()[name] for action in s.actions}
    assert used <= inside
    assert inside <= used | {"sts"}


@pytest.mark.parametrize(
    ("action", "resource", "said"),
    [
        ("iam:CreateRole", "arn:aws:iam::222233334444:role/nodes-role-0a1b2c3", "allow"),
        ("iam:PutRolePolicy", "arn:aws:iam::222233334444:role/llm-platform-staging-ci", "deny"),
        ("iam:UpdateAssumeRolePolicy", "arn:aws:iam::222233334444:role/llm-platform-prod-ci", "deny"),
        ("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::222233334444:role/llm-platform-staging-ci", "deny"),
        ("iam:CreatePolicyVersion", "arn:aws:iam::222233334444:policy/llm-platform-staging-ci-boundary", "deny"),
        ("iam:CreatePolicyVersion", "arn:aws:iam::222233334444:policy/llm-platform-staging-ci-build", "deny"),
        ("iam:AttachRolePolicy", "arn:aws:iam::222233334444:role/llm-platform-staging-ci", "deny"),
        ("iam:GetRole", "arn:aws:iam::222233334444:role/llm-platform-staging-ci", "allow"),
        ("iam:CreateUser", "arn:aws:iam::222233334444:user/eve", "deny"),
        ("iam:CreateAccessKey", "arn:aws:iam::222233334444:user/eve", "deny"),
        ("s3:PutObject", f"arn:aws:s3:::{PLACES['state_bucket']}/.pulumi/stacks/x.json", "allow"),
        ("s3:DeleteObjectVersion", f"arn:aws:s3:::{PLACES['state_bucket']}/.pulumi/stacks/x.json", "deny"),
        ("s3:PutBucketVersioning", f"arn:aws:s3:::{PLACES['state_bucket']}", "deny"),
        ("s3:DeleteBucket", f"arn:aws:s3:::{PLACES['state_bucket']}", "deny"),
        ("s3:PutBucketVersioning", "arn:aws:s3:::llm-platform-staging-models-222233334444-us-east-1", "allow"),
        ("kms:Decrypt", PLACES["key"], "allow"),
        ("kms:ScheduleKeyDeletion", PLACES["key"], "deny"),
        ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:222233334444:key/other", "allow"),
        ("rds:DeleteDBCluster", "arn:aws:rds:us-east-1:222233334444:cluster:llm-platform-staging-vectors", "allow"),
        ("rolesanywhere:CreateProfile", "*", "allow"),
        ("cloudtrail:UpdateTrail", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging", "allow"),
        ("cloudtrail:DeleteTrail", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging", "deny"),
        ("cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:222233334444:trail/llm-platform-staging", "deny"),
        (
            "secretsmanager:PutSecretValue",
            "arn:aws:secretsmanager:us-east-1:222233334444:secret:llm-platform/staging/vector-stores/qdrant-AbCdEf",
            "allow",
        ),
        ("organizations:LeaveOrganization", "*", "implicit deny"),
        ("sts:AssumeRole", "arn:aws:iam::222233334444:role/admin", "implicit deny"),
    ],
)
def test_the_boundary_decides(action: str, resource: str, said: str) -> None:
    # Its statements have no conditions, so a request's context does not matter.
    assert verdict(BOUNDARY, Request(action, resource, {}), PLACES) == said


def test_places_are_filled_in() -> None:
    for name in statements():
        assert not re.search(r"\{[a-z_]+\}", policy(name, PLACES))
