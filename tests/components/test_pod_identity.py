"""Role and association of one service account. Does not prove that a pod gets credentials."""

from __future__ import annotations

import json

import pytest

from components.pod_identity import PodIdentity, PodIdentityArgs
from tests.components.recorder import record

POLICY = '{"Version": "2012-10-17"}'


def build() -> None:
    PodIdentity(
        "reader",
        PodIdentityArgs(
            cluster_name="llm-platform-dev",
            account_id="111122223333",
            namespace="serving",
            service_account="model-server",
            managed_policies=["service-role/AmazonEBSCSIDriverPolicy"],
            policies={"models": POLICY},
        ),
    )


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert record(build, preview=preview).children() == {
        ("llm-platform:pod_identity:PodIdentity", "reader"),
        ("aws:iam/role:Role", "reader-role"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "reader-AmazonEBSCSIDriverPolicy"),
        ("aws:iam/rolePolicy:RolePolicy", "reader-models"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "reader-association"),
    }


def test_only_this_service_account_may_use_the_role():
    trust = json.loads(record(build).one("reader-role").inputs["assumeRolePolicy"])
    assert trust["Statement"] == [
        {
            "Sid": "AllowEksAuthToAssumeRoleForPodIdentity",
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": "111122223333",
                    "aws:RequestTag/kubernetes-namespace": "serving",
                    "aws:RequestTag/kubernetes-service-account": "model-server",
                }
            },
        }
    ]


def test_policies_are_attached_before_the_association():
    recording = record(build)
    association = recording.one("reader-association")
    assert association.inputs == {
        "clusterName": "llm-platform-dev",
        "namespace": "serving",
        "roleArn": "arn:aws:mock:us-east-1:111122223333:reader-role",
        "serviceAccount": "model-server",
    }
    assert association.dependencies == ("reader-AmazonEBSCSIDriverPolicy", "reader-models", "reader-role")
    assert recording.one("reader-models").inputs == {"policy": POLICY, "role": "reader-role"}
    assert recording.one("reader-AmazonEBSCSIDriverPolicy").inputs["policyArn"] == (
        "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    )
