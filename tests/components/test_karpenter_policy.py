"""Bounds of Karpenter's permissions. Does not prove that they suffice: upstream's template says so."""

from __future__ import annotations

from typing import Any

import pytest

from components.karpenter_policy import (
    cluster_policy,
    discovery_policy,
    node_identity_policy,
    node_lifecycle_policy,
)

CLUSTER = "llm-platform-dev"
REGION = "us-east-1"
ACCOUNT = "111122223333"
OWNED = f"kubernetes.io/cluster/{CLUSTER}"
STATEMENTS: list[dict[str, Any]] = [
    statement
    for document in (
        node_lifecycle_policy(CLUSTER, REGION),
        node_identity_policy(CLUSTER, REGION, ACCOUNT, "arn:aws:iam::111122223333:role/nodes"),
        cluster_policy("arn:cluster", "arn:queue", "arn:storage", "arn:volumes", REGION),
        discovery_policy(REGION, ACCOUNT),
    )
    for statement in document["Statement"]
]
BY_SID = {statement["Sid"]: statement for statement in STATEMENTS}


def actions(statement: dict[str, Any]) -> list[str]:
    action: str | list[str] = statement["Action"]
    return [action] if isinstance(action, str) else action


def test_statement_ids_are_upstreams_and_three_of_ours():
    assert list(BY_SID) == [
        "AllowScopedEC2InstanceAccessActions",
        "AllowScopedEC2LaunchTemplateAccessActions",
        "AllowScopedEC2InstanceActionsWithTags",
        "AllowScopedResourceCreationTagging",
        "AllowScopedResourceTagging",
        "AllowScopedDeletion",
        "AllowPassingInstanceRole",
        "AllowScopedInstanceProfileCreationActions",
        "AllowScopedInstanceProfileTagActions",
        "AllowScopedInstanceProfileActions",
        "AllowAPIServerEndpointDiscovery",
        "AllowInterruptionQueueActions",
        "AllowInterruptionQueueKey",
        "AllowNodeVolumesKey",
        "AllowNodeVolumesKeyGrant",
        "AllowRegionalReadActions",
        "AllowSSMReadActions",
        "AllowPricingReadActions",
        "AllowUnscopedInstanceProfileListAction",
        "AllowInstanceProfileReadActions",
    ]
    assert len(STATEMENTS) == len(BY_SID)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["Sid"])
def test_every_resource_wildcard_has_named_read_actions(statement: dict[str, Any]):
    if statement["Resource"] == "*":
        verbs = {action.partition(":")[2] for action in actions(statement)}
        assert all(verb.startswith(("Describe", "List", "GetProducts")) for verb in verbs)
        assert not any("*" in action for action in actions(statement))


def test_only_kms_reencrypt_has_a_wildcard_and_that_on_one_key():
    wild = [(action, s["Resource"]) for s in STATEMENTS for action in actions(s) if "*" in action]
    assert wild == [("kms:ReEncrypt*", "arn:volumes")]


@pytest.mark.parametrize(
    ("sid", "key"),
    [
        ("AllowScopedEC2LaunchTemplateAccessActions", f"aws:ResourceTag/{OWNED}"),
        ("AllowScopedEC2InstanceActionsWithTags", f"aws:RequestTag/{OWNED}"),
        ("AllowScopedResourceCreationTagging", f"aws:RequestTag/{OWNED}"),
        ("AllowScopedResourceTagging", f"aws:ResourceTag/{OWNED}"),
        ("AllowScopedDeletion", f"aws:ResourceTag/{OWNED}"),
        ("AllowScopedInstanceProfileCreationActions", f"aws:RequestTag/{OWNED}"),
        ("AllowScopedInstanceProfileTagActions", f"aws:ResourceTag/{OWNED}"),
        ("AllowScopedInstanceProfileActions", f"aws:ResourceTag/{OWNED}"),
    ],
)
def test_what_changes_something_is_bound_to_the_clusters_tag(sid: str, key: str):
    assert BY_SID[sid]["Condition"]["StringEquals"][key] == "owned"


def test_only_the_node_role_is_passed_and_only_to_ec2():
    passing = BY_SID["AllowPassingInstanceRole"]
    assert passing["Resource"] == "arn:aws:iam::111122223333:role/nodes"
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_grants_on_the_volumes_key_are_for_aws_services():
    grant = BY_SID["AllowNodeVolumesKeyGrant"]
    assert grant["Resource"] == "arn:volumes"
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
