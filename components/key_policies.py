"""Key policies: who may use which KMS key, by data domain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

DOMAINS = ("cluster", "volumes", "storage", "database", "logs")
"""One key each, so that access to one kind of data never opens another."""


def key_policy(domain: str, account_id: str, region: str) -> str:
    """Return the policy of a domain's key: administration by the account, and its services' use of it.

    In a key policy, Resource "*" means the key that it is attached to. The statement for the account hands
    decisions to IAM policies; only callers that cannot have one, which are AWS services, are named besides.
    Keys of the domains `cluster` and `database` have no such caller: EKS and RDS use grants, which they
    create with the permissions of whoever creates the cluster or the database.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    own: Mapping[str, list[dict[str, Any]]] = {
        "cluster": [],
        "volumes": _through_ec2(account_id, region),
        "storage": [_event_rules(), *_alert_publishers()],
        "database": [],
        "logs": [_log_groups(account_id, region), *_trails(account_id, region)],
    }
    administration = _allow("AccountAdministration", {"AWS": f"arn:aws:iam::{account_id}:root"}, ["kms:*"], None)
    return json.dumps({"Version": "2012-10-17", "Statement": [administration, *own[domain]]}, sort_keys=True)


def _through_ec2(account_id: str, region: str) -> list[dict[str, Any]]:
    """Let the account's own roles use the key for EBS volumes, through EC2 and nothing else.

    These are the terms of AWS's own `aws/ebs` key. The service-linked roles of Auto Scaling and Spot need
    them: they take no IAM policy of ours, and a policy that names one is refused until the role exists.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
    """
    through_ec2 = {"kms:CallerAccount": account_id, "kms:ViaService": f"ec2.{region}.amazonaws.com"}
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    return [
        _allow("VolumesThroughEc2", {"AWS": "*"}, use, {"StringEquals": through_ec2}),
        _allow(
            "VolumeGrantsThroughEc2",
            {"AWS": "*"},
            ["kms:CreateGrant"],
            {"StringEquals": through_ec2, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _event_rules() -> dict[str, Any]:
    """Let EventBridge put events into encrypted queues; each queue's policy says which rules may.

    Without a condition, as AWS shows it: EventBridge is not documented to pass the source's account on to KMS here,
    and where it does not, events are lost without a word.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    return _allow(
        "EventsIntoQueues",
        {"Service": "events.amazonaws.com"},
        ["kms:Decrypt", "kms:GenerateDataKey"],
        None,
    )


def _alert_publishers() -> list[dict[str, Any]]:
    """Let CloudWatch's alarms and AWS Budgets publish to encrypted topics; each topic's policy says whose may.

    Without a condition, for the reason given above: an alarm whose action KMS refuses shows it in its history alone.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html (event sources)
    """
    return [
        _allow(sid, {"Service": f"{service}.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey"], None)
        for sid, service in (("AlarmsIntoTopics", "cloudwatch"), ("BudgetsIntoTopics", "budgets"))
    ]


def _trails(account_id: str, region: str) -> list[dict[str, Any]]:
    """Let CloudTrail encrypt the log files of this account's trails.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    trails = f"arn:aws:cloudtrail:{region}:{account_id}:trail/*"
    trail = {"Service": "cloudtrail.amazonaws.com"}
    own = {"ArnLike": {"aws:SourceArn": trails}}
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    return [
        _allow("TrailsEncrypt", trail, ["kms:GenerateDataKey*"], own | context),
        _allow("TrailsDescribe", trail, ["kms:DescribeKey"], own),
    ]


def _log_groups(account_id: str, region: str) -> dict[str, Any]:
    """Let CloudWatch Logs use the key for log groups of this account.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    log_groups = f"arn:aws:logs:{region}:{account_id}:log-group:*"
    return _allow(
        "LogGroups",
        {"Service": f"logs.{region}.amazonaws.com"},
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    )


def _allow(
    sid: str, principal: Mapping[str, str], actions: Sequence[str], condition: Mapping[str, Any] | None
) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return statement if condition is None else {**statement, "Condition": condition}
