"""Add-ons that run on nodes, and their permissions. Does not prove that their pods come up."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import iam

from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from tests.components.recorder import Recording, record

ADDON = "aws:eks/addon:Addon"
IDENTITY = "llm-platform:pod_identity:PodIdentity"
ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        nodes = iam.Role("system-nodes", assume_role_policy="{}")
        settings: dict[str, Any] = {
            "cluster_name": "llm-platform-dev",
            "account_id": "111122223333",
            "region": "us-east-1",
            "addons": {
                "aws-ebs-csi-driver": "v1",
                "aws-mountpoint-s3-csi-driver": "v2",
                "coredns": "v3",
                "eks-node-monitoring-agent": "v4",
                "metrics-server": "v6",
                "vpc-cni": "v5",
            },
            "after": [nodes],
            "readable_bucket_arns": [
                pulumi.Output.from_input("arn:aws:s3:::models"),
                "arn:aws:s3:::datasets",
            ],
            "storage_key_arn": "arn:storage",
            "volumes_key_arn": "arn:volumes",
        }
        ClusterAddons("addons", ClusterAddonsArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        (ROLE, "system-nodes"),
        ("llm-platform:cluster_addons:ClusterAddons", "addons"),
        (IDENTITY, "addons-ebs-csi"),
        (ROLE, "addons-ebs-csi-role"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "addons-ebs-csi-AmazonEBSCSIDriverPolicy"),
        (INLINE, "addons-ebs-csi-volumes-key"),
        (ASSOCIATION, "addons-ebs-csi-association"),
        (IDENTITY, "addons-s3-csi"),
        (ROLE, "addons-s3-csi-role"),
        (INLINE, "addons-s3-csi-read-buckets"),
        (ASSOCIATION, "addons-s3-csi-association"),
        (ADDON, "addons-addon-aws-ebs-csi-driver"),
        (ADDON, "addons-addon-aws-mountpoint-s3-csi-driver"),
        (ADDON, "addons-addon-coredns"),
        (ADDON, "addons-addon-eks-node-monitoring-agent"),
        (ADDON, "addons-addon-metrics-server"),
    }


@pytest.mark.parametrize(
    ("addon", "version", "after"),
    [
        ("aws-ebs-csi-driver", "v1", ("addons-ebs-csi-association", "system-nodes")),
        ("aws-mountpoint-s3-csi-driver", "v2", ("addons-s3-csi-association", "system-nodes")),
        ("coredns", "v3", ("system-nodes",)),
        ("eks-node-monitoring-agent", "v4", ("system-nodes",)),
        ("metrics-server", "v6", ("system-nodes",)),
    ],
)
def test_addons_are_pinned_and_come_after_nodes_and_permissions(addon: str, version: str, after: tuple[str, ...]):
    registered = build().one(f"addons-addon-{addon}")
    assert registered.inputs["addonVersion"] == version
    assert registered.dependencies == after


@pytest.mark.parametrize("addon", ["aws-ebs-csi-driver", "aws-mountpoint-s3-csi-driver"])
def test_storage_drivers_run_on_tainted_gpu_nodes(addon: str):
    configuration = json.loads(build().one(f"addons-addon-{addon}").inputs["configurationValues"])
    assert configuration == {"node": {"tolerateAllTaints": True}}


@pytest.mark.parametrize(("driver", "account"), [("ebs-csi", "ebs-csi-controller-sa"), ("s3-csi", "s3-csi-driver-sa")])
def test_drivers_get_their_permissions_by_service_account(driver: str, account: str):
    association = build().one(f"addons-{driver}-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("kube-system", account)


def test_the_s3_driver_reads_the_named_buckets_and_writes_nothing():
    policy = json.loads(build().one("addons-s3-csi-read-buckets").inputs["policy"])
    assert policy["Statement"] == [
        {
            "Sid": "ListBuckets",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": ["arn:aws:s3:::models", "arn:aws:s3:::datasets"],
        },
        {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::models/*", "arn:aws:s3:::datasets/*"],
        },
        {
            "Sid": "DecryptThroughS3",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "arn:storage",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        },
    ]


def test_the_ebs_driver_may_use_the_volumes_key_and_no_other():
    policy = json.loads(build().one("addons-ebs-csi-volumes-key").inputs["policy"])
    assert {statement["Resource"] for statement in policy["Statement"]} == {"arn:volumes"}


def test_a_driver_with_nothing_to_mount_is_refused():
    with pytest.raises(ValueError, match="readable_bucket_arns is empty"):
        build(readable_bucket_arns=[])
