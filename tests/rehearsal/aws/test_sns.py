"""SNS in the emulated account. Does not prove that anything may publish: moto enforces no policy."""

from __future__ import annotations

import json

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete
from tests.rehearsal.aws.round_trip import TAGS, round_trip

TOPIC = "aws:sns/topic:Topic"
ARN = "arn:aws:sns:us-east-1:111122223333:errors"


def test_a_topic_goes_round(account: Account) -> None:
    inputs = {"name": "errors", "displayName": "errors", "kmsMasterKeyId": "alias/storage", "tagsAll": TAGS}
    topic = round_trip(account, TOPIC, inputs)
    assert topic.id == topic.outputs["arn"] == ARN
    assert topic.outputs["owner"] == "111122223333"


def test_a_fifo_topic_goes_round(account: Account) -> None:
    round_trip(account, TOPIC, {"name": "errors.fifo", "fifoTopic": True, "contentBasedDeduplication": True})


def test_a_topic_policy_goes_round(account: Account) -> None:
    topic = create(account, TOPIC, "errors", name="errors")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ARN,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert round_trip(account, "aws:sns/topicPolicy:TopicPolicy", {"arn": ARN, "policy": policy}).id == ARN
    delete(account, topic)


def test_a_policy_of_a_missing_topic_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="does not exist"):
        create(account, "aws:sns/topicPolicy:TopicPolicy", "policy", arn=ARN, policy="{}")
