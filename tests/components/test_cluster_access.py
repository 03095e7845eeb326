"""Access entries per role and policy. Does not prove what a policy lets its holder do."""

from __future__ import annotations

import pytest

from components.cluster_access import AccessEntry, ClusterAccess, ClusterAccessArgs
from tests.components.recorder import Recording, record

ADMIN = "arn:aws:iam::111122223333:role/platform/admin"
TEAM = "arn:aws:iam::111122223333:role/team"
AUDITOR = "arn:aws:iam::222233334444:role/team"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"


def build(*, preview: bool = False) -> Recording:
    return record(
        lambda: _make(
            AccessEntry(role_arn=ADMIN, policy="AmazonEKSClusterAdminPolicy"),
            AccessEntry(role_arn=TEAM, policy="AmazonEKSEditPolicy", namespaces=["serving", "training"]),
            AccessEntry(role_arn=TEAM, policy="AmazonEKSViewPolicy"),
            AccessEntry(role_arn=AUDITOR, policy="AmazonEKSViewPolicy"),
        ),
        preview=preview,
    )


@pytest.mark.parametrize("preview", [False, True])
def test_one_entry_a_role_and_an_association_a_policy(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:cluster_access:ClusterAccess", "access"),
        (ENTRY, "access-admin"),
        (ENTRY, "access-team"),
        (ENTRY, "access-222233334444-team"),
        (ASSOCIATION, "access-admin-AmazonEKSClusterAdminPolicy"),
        (ASSOCIATION, "access-team-AmazonEKSEditPolicy"),
        (ASSOCIATION, "access-team-AmazonEKSViewPolicy"),
        (ASSOCIATION, "access-222233334444-team-AmazonEKSViewPolicy"),
    }


def test_the_whole_role_arn_with_its_path_is_the_principal():
    assert build().one("access-admin").inputs == {
        "clusterName": "llm-platform-dev",
        "principalArn": ADMIN,
        "type": "STANDARD",
    }


def test_a_policy_without_namespaces_holds_in_the_whole_cluster():
    association = build().one("access-admin-AmazonEKSClusterAdminPolicy")
    assert association.inputs == {
        "accessScope": {"type": "cluster"},
        "clusterName": "llm-platform-dev",
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "principalArn": ADMIN,
    }
    assert association.dependencies == ("access-admin",)


def test_a_policy_with_namespaces_holds_there_alone():
    scope = build().one("access-team-AmazonEKSEditPolicy").inputs["accessScope"]
    assert scope == {"namespaces": ["serving", "training"], "type": "namespace"}


def _make(*entries: AccessEntry) -> None:
    ClusterAccess(
        "access",
        ClusterAccessArgs(cluster_name="llm-platform-dev", account_id="111122223333", entries=entries),
    )
