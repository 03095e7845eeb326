"""What breaks the policies of permissions: of documents, attachments and trust."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With
from tests.policies.breaks.network_access import given
from tests.policies.sample import UNKNOWN, Sample

ACCOUNT = "333344445555"
IDENTITIES = "oidc.eks.us-east-1.amazonaws.com/id/9FAB2B2B9F0375CEF69253C7EE3F0EF7"
EVERYBODY: Sequence[Any] = ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}]
BUCKET = "arn:aws:s3:::llm-platform-prod-models-333344445555-us-east-1"


def with_statement(**statement: Any) -> Any:
    """Return a change of a document: one more statement."""

    def change(given: str) -> str:
        document = json.loads(given)
        return json.dumps({**document, "Statement": [*document["Statement"], {"Effect": "Allow", **statement}]})

    return change


def alone(**statement: Any) -> str:
    """Return a document whose statement is no list."""
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


TAGGED = {"StringEquals": {"aws:ResourceTag/team": "ml-platform"}}
WILD: Sequence[Any] = [
    with_statement(Action=["events:PutRule", "events:*"], Resource="*"),
    with_statement(Action="ec2:*", Resource="*", Condition=TAGGED),
    with_statement(Action="ssmmessages:*", Resource="*"),
    with_statement(Action="iam:CreateServiceLinkedRole", Resource="*"),
    with_statement(Action="events:**", Resource="arn:aws:events:us-east-1:333344445555:rule/*"),
    with_statement(Action="events:*", Resource=["arn:aws:events:us-east-1:333344445555:rule/a", "*"]),
    with_statement(Action="events:*", NotResource="arn:aws:events:us-east-1:333344445555:rule/a"),
    with_statement(Action="ec2:Create*", Resource="*"),
    with_statement(Action="ec2:TerminateInstances", Resource="*"),
    with_statement(Action="events:PutRule", NotResource="arn:aws:events:us-east-1:333344445555:rule/a"),
    # Conditions that narrow nothing.
    with_statement(Action="ec2:RunInstances", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    with_statement(Action="ec2:RunInstances", Resource="*", Condition={"StringLike": {"aws:ResourceTag/team": "*"}}),
    with_statement(Action="ec2:RunInstances", Resource="*", Condition={"StringNotEquals": {"aws:ResourceTag/a": "b"}}),
    with_statement(
        Action="ec2:RunInstances", Resource="*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/a": "b"}}
    ),
    alone(Action="events:*", Resource="*"),
]
WILD_OVER_DATA: Sequence[Any] = [
    with_statement(Action="*", Resource="*"),
    with_statement(Action="*:*", Resource="*"),
    with_statement(Action="s3:*", Resource="arn:aws:s3:::*"),
    with_statement(Action="s3:GetObject", Resource="arn:aws:s3:::*/*"),
    with_statement(Action="ssm:Get*", Resource="*"),
    with_statement(NotAction="iam:*", Resource="*"),
    with_statement(NotAction="iam:*", Resource="arn:aws:s3:::*/*"),
    alone(Action="*", Resource="*"),
]


def inline(document: str) -> Sample:
    """Return a role that has permissions of its own."""
    trust = {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return Sample(
        "aws:iam/role:Role",
        "role-with-permissions",
        {"assumeRolePolicy": alone(**trust), "inlinePolicies": [{"name": "all", "policy": document}]},
    )


def federated(provider: str, **conditions: str) -> dict[str, Any]:
    """Return a statement that trusts an identity provider."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": conditions},
    }


TRUST = "assumeRolePolicy.json!.Statement.0"
LOOSE_PRINCIPALS: Sequence[Any] = [
    *EVERYBODY,
    ABSENT,
    {},
    {"Service": []},
    {"AWS": "arn:aws:iam::444455556666:role/*"},
    {"AWS": "arn:aws:iam::444455556666:root"},
    {"AWS": "444455556666"},
    {"AWS": "arn:aws:iam::444455556666:role/ci", "Service": "ec2.amazonaws.com"},
    {"AWS": ["arn:aws:iam::444455556666:role/ci", "arn:aws:iam::444455556666:role/cd"]},
    {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]},
    {"Service": "eks.amazonaws.com"},
    {"Service": "*.amazonaws.com"},
    {"Federated": "arn:aws:iam::333344445555:saml-provider/office"},
    {"Federated": "cognito-identity.amazonaws.com"},
    {"AWS": [], "Service": "ec2.amazonaws.com"},
]

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "no-wildcard-permissions": [
        Break("permissions-of-scaling", "policy", WILD),
        Break("permissions-of-scaling", "policy.json!.Statement.1.Condition", [ABSENT, None, {}]),
        Break("permissions-of-scaling", "policy.json!.Statement.0.Action.0", ["ec2:*", "ec2:Run*"]),
        Break("permissions-of-model", "policy", WILD[:1]),
        # All data is another environment's too.
        Break("permissions-of-*", "policy", WILD_OVER_DATA, also=["roles-reach-only-their-environment"]),
        With(inline(alone(Action="events:*", Resource="*"))),
        *(
            With(Sample(type_, "permissions-of-people", {path: alone(Action="events:*", Resource="*")}))
            for type_, path in (
                ("aws:iam/userPolicy:UserPolicy", "policy"),
                ("aws:iam/groupPolicy:GroupPolicy", "policy"),
                ("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inlinePolicy"),
            )
        ),
    ],
    "no-admin-attachments": [
        Break(
            "attachment-of-nodes",
            "policyArn",
            [
                f"arn:aws:iam::aws:policy/{name}"
                for name in (
                    "AdministratorAccess",
                    "AdministratorAccess-Amplify",
                    "PowerUserAccess",
                    "IAMFullAccess",
                    "job-function/SystemAdministrator",
                    "CloudWatchFullAccess",
                )
            ],
        ),
        Break("role-of-nodes", "managedPolicyArns", [["arn:aws:iam::aws:policy/AdministratorAccess"]]),
        *(
            With(Sample(type_, "attachment-of-people", {path: given}))
            for type_, path, given in (
                (
                    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                    "policyArn",
                    "arn:aws:iam::aws:policy/PowerUserAccess",
                ),
                (
                    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
                    "policyArn",
                    "arn:aws:iam::aws:policy/IAMFullAccess",
                ),
                ("aws:iam/policyAttachment:PolicyAttachment", "policyArn", "arn:aws:iam::aws:policy/IAMFullAccess"),
                (
                    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                    "policyArns",
                    ["arn:aws:iam::aws:policy/ViewOnlyAccess", "arn:aws:iam::aws:policy/IAMFullAccess"],
                ),
                *(
                    (
                        f"aws:iam/{kind.lower()}PolicyAttachmentsExclusive:{kind}PolicyAttachmentsExclusive",
                        "policyArns",
                        ["arn:aws:iam::aws:policy/IAMFullAccess"],
                    )
                    for kind in ("User", "Group")
                ),
                (
                    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
                    "managedPolicyArn",
                    "arn:aws:iam::aws:policy/AdministratorAccess",
                ),
            )
        ),
        Break(
            "access-policy-of-admin",
            "principalArn",
            [
                ABSENT,
                f"arn:aws:iam::{ACCOUNT}:role/deployer",
                f"arn:aws:iam::{ACCOUNT}:role/somebody-ci",
                f"arn:aws:iam::{ACCOUNT}:user/platform-admin",
                f"arn:aws:iam::{ACCOUNT}:root",
            ],
        ),
        Break("access-policy-of-deployer", "accessScope", [{"type": "cluster"}]),
        Break(
            "access-policy-of-admin",
            "principalArn",
            [f"arn:aws:iam::{ACCOUNT}:user/platform-admin"],
            configuration={"cluster_admins": ["*"]},
        ),
        Break("access-of-admin", "kubernetesGroups.0", ["system:masters"]),
        Break("access-of-admin", "kubernetesGroups.1", ["system:masters"]),
    ],
    "trust-policies-are-bound": [
        Break("role-of-nodes", f"{TRUST}.Principal", LOOSE_PRINCIPALS),
        Break("role-of-nodes", f"{TRUST}.NotPrincipal", [{"AWS": "arn:aws:iam::444455556666:root"}]),
        Break(
            "role-of-cluster", f"{TRUST}.Condition", [ABSENT, None, {}, {"StringEquals": {"aws:SourceAccount": "*"}}]
        ),
        Break(
            "role-of-cluster",
            f"{TRUST}.Condition",
            [
                {operator: {"aws:SourceAccount": ACCOUNT}}
                for operator in ("StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals")
            ],
        ),
        Break("role-of-flow-log", f"{TRUST}.Condition", [ABSENT]),
        Break("role-of-model", f"{TRUST}.Condition.StringEquals.[aws:SourceAccount]", [ABSENT]),
        Break("role-of-tests", f"{TRUST}.Condition", [ABSENT, {"StringEquals": {f"{IDENTITIES}:amr": "x"}}]),
        *(
            Break("role-of-tests", f"{TRUST}.Condition.StringEquals.[{IDENTITIES}:{claim}]", [ABSENT, None, "*", loose])
            for claim, loose in (("sub", "system:serviceaccount:*:smoke-test"), ("aud", "sts*"))
        ),
        Break("role-of-tests", f"{TRUST}.Condition.StringEquals.[{IDENTITIES}:sub]", [["system:a:b", "system:*"], []]),
        Break(
            "role-of-tests",
            TRUST,
            [
                federated("arn:aws:iam::333344445555:saml-provider/office", **{"SAML:sub": "x"}),
                federated("cognito-identity.amazonaws.com", **{"cognito-identity.amazonaws.com:aud": "pool"}),
            ],
        ),
        Break("role-of-auditor", f"{TRUST}.Condition", [ABSENT, {"Bool": {"aws:SecureTransport": "true"}}]),
        Break("role-of-auditor", f"{TRUST}.Condition.StringEquals.[sts:ExternalId]", [ABSENT, "*"]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "no-wildcard-permissions": [
        Break(
            "permissions-of-scaling",
            "policy",
            [
                with_statement(Action="*", Resource="*", Effect="Deny"),
                with_statement(NotAction="iam:*", Resource="*", Effect="Deny"),
                with_statement(Action=["ec2:Describe*", "iam:List*", "ecr:getAuthorizationToken"], Resource="*"),
                with_statement(Action=["ssmmessages:OpenDataChannel", "tag:GetResources"], Resource="*"),
                with_statement(
                    Action="iam:CreateServiceLinkedRole",
                    Resource="*",
                    Condition={"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
                ),
                with_statement(Action="ec2:Delete*", Resource="*", Condition=TAGGED),
                with_statement(
                    Action="ec2:CreateTags", Resource="*", Condition={"StringLike": {"AWS:RequestTag/Team": "ml-*"}}
                ),
                with_statement(Action="events:*", Resource="arn:aws:events:us-east-1:333344445555:rule/a"),
                with_statement(Action="s3:*", Resource="arn:aws:s3:::llm-platform-prod-scratch/*"),
                with_statement(Action="ec2:RunInstances", Resource="arn:aws:ec2:us-east-1:333344445555:instance/*"),
                alone(Action="ec2:DescribeInstances", Resource="*"),
                UNKNOWN,
            ],
        ),
        Break(
            "permissions-of-scaling",
            "policy",
            [with_statement(Action="bedrock:InvokeModel", Resource="*")],
            configuration={"actions_without_resources": ["bedrock:Invoke*", "pricing:GetProducts"]},
        ),
    ],
    "no-admin-attachments": [
        Break("attachment-of-nodes", "policyArn", ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", UNKNOWN]),
        Break(
            "attachment-of-nodes",
            "policyArn",
            ["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"],
            configuration={"refused_policies": ["AdministratorAccess"]},
        ),
        Break(
            "access-policy-of-admin",
            "principalArn",
            [f"arn:aws:iam::{ACCOUNT}:role/llm-platform-prod-ci", f"arn:aws:iam::{ACCOUNT}:role/sso/platform-admin"],
        ),
        Instead(
            "access-policy-of-deployer",
            given(
                policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy",
                accessScope={"type": "cluster"},
            ),
            "looking at the whole cluster",
        ),
    ],
    "trust-policies-are-bound": [
        Break(
            "role-of-nodes",
            f"{TRUST}.Principal",
            [{"AWS": "arn:aws:iam::444455556666:role/ci"}, {"Service": ["ecs-tasks.amazonaws.com"]}],
        ),
        Break(
            "role-of-cluster", f"{TRUST}.Condition", [{"StringLike": {"AWS:SourceArn": "arn:aws:eks:*:333344445555:*"}}]
        ),
        Break(
            "role-of-tests",
            TRUST,
            [
                federated(
                    "arn:aws:iam::333344445555:saml-provider/office",
                    **{"SAML:aud": "https://signin.aws.amazon.com/saml"},
                ),
                federated(
                    "cognito-identity.amazonaws.com",
                    **{
                        "cognito-identity.amazonaws.com:aud": "pool",
                        "cognito-identity.amazonaws.com:sub": "us-east-1:a",
                    },
                ),
            ],
        ),
        Break(
            "role-of-nodes", f"{TRUST}.Principal", [{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eac"}]
        ),
        Break("role-of-nodes", f"{TRUST}", [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]),
        Break(
            "role-of-nodes",
            f"{TRUST}.Principal",
            [{"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}],
            configuration={"most_principals": 2},
        ),
        Break(
            "role-of-tests",
            f"{TRUST}.Condition.StringEquals.[{IDENTITIES}:sub]",
            ["system:serviceaccount:serving:*"],
            configuration={"subject_patterns": ["system:serviceaccount:serving:*"]},
        ),
    ],
}
