"""The interruption queue and Karpenter's identities. Does not prove that an event arrives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.interruption import Interruption, InterruptionArgs
from tests.components.recorder import Recording, record

EVENTS = ["capacity-reservation", "instance-state", "rebalance", "scheduled-change", "spot-interruption"]
QUEUE = "arn:aws:mock:us-east-1:111122223333:karpenter-queue"


def build(*, preview: bool = False) -> Recording:
    return record(
        lambda: _make(
            InterruptionArgs(
                cluster_name="llm-platform-dev",
                cluster_arn="arn:aws:eks:us-east-1:111122223333:cluster/llm-platform-dev",
                account_id="111122223333",
                region="us-east-1",
                node_role_arn="arn:aws:iam::111122223333:role/nodes",
                node_role_name="nodes",
                storage_key_arn="arn:storage",
                volumes_key_arn="arn:volumes",
            )
        ),
        preview=preview,
    )


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    controller = "karpenter-karpenter-controller"
    assert build(preview=preview).children() == {
        ("llm-platform:interruption:Interruption", "karpenter"),
        ("aws:sqs/queue:Queue", "karpenter-queue"),
        ("aws:sqs/queuePolicy:QueuePolicy", "karpenter-queue-policy"),
        *(("aws:cloudwatch/eventRule:EventRule", f"karpenter-{event}") for event in EVENTS),
        *(("aws:cloudwatch/eventTarget:EventTarget", f"karpenter-{event}-target") for event in EVENTS),
        ("llm-platform:karpenter_roles:KarpenterRoles", "karpenter-karpenter"),
        ("llm-platform:pod_identity:PodIdentity", controller),
        ("aws:iam/role:Role", f"{controller}-role"),
        ("aws:iam/rolePolicy:RolePolicy", f"{controller}-node-lifecycle"),
        ("aws:iam/rolePolicy:RolePolicy", f"{controller}-node-identity"),
        ("aws:iam/rolePolicy:RolePolicy", f"{controller}-cluster"),
        ("aws:iam/rolePolicy:RolePolicy", f"{controller}-discovery"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", f"{controller}-association"),
        ("aws:iam/instanceProfile:InstanceProfile", "karpenter-karpenter-nodes"),
    }


def test_queue_keeps_warnings_for_five_minutes_encrypted():
    assert build().one("karpenter-queue").inputs == {
        "kmsDataKeyReusePeriodSeconds": 300,
        "kmsMasterKeyId": "arn:storage",
        "messageRetentionSeconds": 300,
    }


@pytest.mark.parametrize(
    ("event", "source", "detail_type"),
    [
        ("spot-interruption", "aws.ec2", "EC2 Spot Instance Interruption Warning"),
        ("rebalance", "aws.ec2", "EC2 Instance Rebalance Recommendation"),
        ("scheduled-change", "aws.health", "AWS Health Event"),
        ("instance-state", "aws.ec2", "EC2 Instance State-change Notification"),
        ("capacity-reservation", "aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    ],
)
def test_every_event_goes_to_the_queue(event: str, source: str, detail_type: str):
    recording = build()
    pattern = json.loads(recording.one(f"karpenter-{event}").inputs["eventPattern"])
    assert pattern == {"detail-type": [detail_type], "source": [source]}
    target = recording.one(f"karpenter-{event}-target")
    assert target.inputs == {"arn": QUEUE, "rule": f"karpenter-{event}"}
    assert "karpenter-queue-policy" in target.dependencies


def test_only_the_rules_send_and_only_over_tls():
    allow, deny = json.loads(build().one("karpenter-queue-policy").inputs["policy"])["Statement"]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    assert allow["Resource"] == deny["Resource"] == QUEUE
    assert allow["Condition"]["ArnEquals"]["aws:SourceArn"] == [
        f"arn:aws:mock:us-east-1:111122223333:karpenter-{event}" for event in EVENTS
    ]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "sqs:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_controller_role_belongs_to_karpenters_service_account():
    association = build().one("karpenter-karpenter-controller-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("kube-system", "karpenter")


def test_nodes_start_with_the_node_role():
    assert build().one("karpenter-karpenter-nodes").inputs == {"role": "nodes"}


def test_policies_fit_in_one_role():
    policies = build().of_type("aws:iam/rolePolicy:RolePolicy")
    size = sum(len("".join(policy.inputs["policy"].split())) for policy in policies)
    assert size <= 10_240, "IAM's limit on the inline policies of a role"


def _make(args: InterruptionArgs) -> Any:
    Interruption("karpenter", args)
