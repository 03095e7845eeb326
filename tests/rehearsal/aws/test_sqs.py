"""SQS in the emulated account. Does not prove that anything may send to a queue: no policy is enforced."""

from __future__ import annotations

import json

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete
from tests.rehearsal.aws.round_trip import TAGS, round_trip

QUEUE = "aws:sqs/queue:Queue"
INPUTS = {
    "name": "interruption",
    "messageRetentionSeconds": 300,
    "visibilityTimeoutSeconds": 60,
    "kmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
    "kmsDataKeyReusePeriodSeconds": 600,
    "tagsAll": TAGS,
}


def test_a_queue_goes_round(account: Account) -> None:
    queue = round_trip(account, QUEUE, INPUTS)
    assert queue.id == queue.outputs["url"] == "https://sqs.us-east-1.amazonaws.com/111122223333/interruption"
    assert queue.outputs["arn"] == "arn:aws:sqs:us-east-1:111122223333:interruption"


def test_a_fifo_queue_goes_round(account: Account) -> None:
    round_trip(account, QUEUE, {"name": "order.fifo", "fifoQueue": True, "contentBasedDeduplication": True})


def test_an_explicit_standard_queue_goes_round(account: Account) -> None:
    round_trip(account, QUEUE, {"name": "standard", "fifoQueue": False, "sqsManagedSseEnabled": True})


def test_a_fifo_queue_without_its_suffix_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match=r"\.fifo"):
        create(account, QUEUE, "order", name="order", fifoQueue=True)


def test_a_queue_policy_goes_round(account: Account) -> None:
    queue = create(account, QUEUE, "interruption", **INPUTS)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": queue.outputs["arn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = round_trip(account, "aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": queue.id, "policy": policy})
    assert made.id == queue.id
    delete(account, queue)


def test_a_policy_of_a_missing_queue_is_refused(account: Account) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/nowhere"
    with pytest.raises(CloudError, match="does not exist"):
        create(account, "aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=url, policy="{}")
