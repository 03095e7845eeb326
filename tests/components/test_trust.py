"""Trust policies. Does not prove that the service sends the keys which the conditions read."""

from __future__ import annotations

import json

from components.trust import pod_identity_trust, service_trust


def test_a_service_is_trusted_alone():
    assert json.loads(service_trust("ec2.amazonaws.com"))["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


def test_a_service_is_bound_to_an_account():
    statement = json.loads(service_trust("eks.amazonaws.com", "111122223333"))["Statement"][0]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_pod_identity_is_bound_to_account_namespace_and_service_account():
    statement = json.loads(pod_identity_trust("111122223333", "serving", "model-server"))["Statement"][0]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "111122223333",
        "aws:RequestTag/kubernetes-namespace": "serving",
        "aws:RequestTag/kubernetes-service-account": "model-server",
    }
