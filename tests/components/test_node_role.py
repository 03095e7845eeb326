"""The nodes' role. Does not prove that its permissions suffice."""

from __future__ import annotations

import json

import pytest

from components.node_role import NodeRole, NodeRoleArgs
from tests.components.recorder import record

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE = {
    ("llm-platform:node_role:NodeRole", "nodes"),
    ("aws:iam/role:Role", "nodes-role"),
    (ATTACHMENT, "nodes-AmazonEKSWorkerNodePolicy"),
    (ATTACHMENT, "nodes-AmazonEC2ContainerRegistryPullOnly"),
    (ATTACHMENT, "nodes-AmazonSSMManagedInstanceCore"),
}


@pytest.mark.parametrize("preview", [False, True])
def test_children_of_the_managed_node_groups_role(preview: bool):
    assert record(lambda: _make(None), preview=preview).children() == ROLE


@pytest.mark.parametrize("preview", [False, True])
def test_karpenters_role_gets_an_access_entry(preview: bool):
    recording = record(lambda: _make("llm-platform-dev"), preview=preview)
    assert recording.children() == ROLE | {("aws:eks/accessEntry:AccessEntry", "nodes-access")}


def test_access_entry_is_of_linux_nodes():
    entry = record(lambda: _make("llm-platform-dev")).one("nodes-access")
    assert entry.inputs == {
        "clusterName": "llm-platform-dev",
        "principalArn": "arn:aws:mock:us-east-1:111122223333:nodes-role",
        "type": "EC2_LINUX",
    }


def test_only_ec2_may_assume_the_role():
    trust = json.loads(record(lambda: _make(None)).one("nodes-role").inputs["assumeRolePolicy"])
    assert trust["Statement"] == [
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    ]


def test_policies_are_awss_own():
    attachments = record(lambda: _make(None)).of_type(ATTACHMENT)
    assert [a.inputs["policyArn"].rpartition("/")[2] for a in attachments] == [
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodePolicy",
        "AmazonSSMManagedInstanceCore",
    ]
    assert {a.inputs["role"] for a in attachments} == {"nodes-role"}


def test_nodes_make_the_repository_of_what_they_pull_first_through_the_cache():
    recording = record(lambda: _make(None, "quay", "k8s"))
    assert recording.children() == ROLE | {("aws:iam/rolePolicy:RolePolicy", "nodes-pull-through")}
    policy = recording.one("nodes-pull-through").inputs
    assert policy["role"] == "nodes-role"
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "CacheOnFirstPull",
            "Effect": "Allow",
            "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            "Resource": [
                "arn:aws:ecr:us-east-1:111122223333:repository/quay/*",
                "arn:aws:ecr:us-east-1:111122223333:repository/k8s/*",
            ],
        }
    ]


def _make(cluster: str | None, *cached_prefixes: str) -> None:
    NodeRole(
        "nodes",
        NodeRoleArgs(
            account_id="111122223333",
            region="us-east-1",
            cached_prefixes=cached_prefixes,
            access_entry_cluster=cluster,
        ),
    )
