"""Bounds of the load balancer controller's permissions. Does not prove that they suffice: only a real account does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi_aws import iam

from components.load_balancer_policy import CLUSTER_TAG, load_balancer_statements
from components.policy_statement import document
from tests.components.recorder import record

CLUSTER = "llm-platform-dev"


def resolved() -> list[dict[str, Any]]:
    """The statements as a resource gets them."""

    def build() -> None:
        statements = load_balancer_statements(CLUSTER, "us-east-1", "111122223333", "vpc-1")
        iam.Policy("policy", policy=document(statements))

    return json.loads(record(build).one("policy").inputs["policy"])["Statement"]


STATEMENTS = resolved()
BY_SID = {statement["Sid"]: statement for statement in STATEMENTS}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_statement_has_an_id_of_its_own() -> None:
    assert len(BY_SID) == len(STATEMENTS)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["Sid"])
def test_no_action_has_a_wildcard(statement: dict[str, Any]) -> None:
    assert not [action for action in listed(statement["Action"]) if "*" in action]


def test_only_named_reads_in_the_own_region_are_without_a_resource() -> None:
    wide = [statement for statement in STATEMENTS if statement["Resource"] == "*"]
    assert [statement["Sid"] for statement in wide] == ["ReadNetworkAndLoadBalancers"]
    verbs = {action.partition(":")[2] for action in wide[0]["Action"]}
    assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs)
    assert wide[0]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}


@pytest.mark.parametrize(
    ("sid", "key"),
    [
        ("CreateSecurityGroups", "aws:RequestTag"),
        ("TagCreatedSecurityGroups", "aws:RequestTag"),
        ("TagSecurityGroups", "aws:ResourceTag"),
        ("ChangeSecurityGroups", "aws:ResourceTag"),
        ("CreateLoadBalancers", "aws:RequestTag"),
        ("TagCreated", "aws:RequestTag"),
        ("TagLoadBalancers", "aws:ResourceTag"),
        ("ChangeLoadBalancers", "aws:ResourceTag"),
    ],
)
def test_a_change_is_bound_to_this_clusters_tag(sid: str, key: str) -> None:
    assert BY_SID[sid]["Condition"]["StringEquals"][f"{key}/{CLUSTER_TAG}"] == CLUSTER


@pytest.mark.parametrize("sid", ["TagSecurityGroups", "TagLoadBalancers"])
def test_nothing_is_handed_over_to_another_cluster(sid: str) -> None:
    assert BY_SID[sid]["Condition"]["Null"] == {f"aws:RequestTag/{CLUSTER_TAG}": "true"}


def test_the_clusters_own_group_is_only_opened_and_closed() -> None:
    statement = BY_SID["OpenClusterSecurityGroup"]
    assert statement["Condition"] == {"StringEquals": {f"aws:ResourceTag/kubernetes.io/cluster/{CLUSTER}": "owned"}}
    assert statement["Action"] == ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]


def test_the_service_linked_role_is_of_load_balancing_only() -> None:
    assert BY_SID["CreateServiceLinkedRole"]["Condition"] == {
        "StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}
    }


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["Sid"])
def test_what_can_be_named_is_in_the_own_account(statement: dict[str, Any]) -> None:
    for resource in listed(statement["Resource"]):
        assert resource == "*" or ":111122223333:" in resource
