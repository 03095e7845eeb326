"""Subscriptions, budgets, trails and workspaces in the emulated account, and what moto lacks of them.

Does not prove that anything is told, recorded or written: moto does none of it by itself.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws import inventory
from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from tests.rehearsal.aws.life import create, delete, differences
from tests.rehearsal.aws.round_trip import TAGS, record, round_trip

HOME = "us-east-1:111122223333"
TOPIC = f"arn:aws:sns:{HOME}:critical"
SUBSCRIPTION, BUDGET = "aws:sns/topicSubscription:TopicSubscription", "aws:budgets/budget:Budget"
TRAIL, WORKSPACE = "aws:cloudtrail/trail:Trail", "aws:amp/workspace:Workspace"
NOTIFIED = {
    "notificationType": "ACTUAL",
    "comparisonOperator": "GREATER_THAN",
    "threshold": 80,
    "thresholdType": "PERCENTAGE",
    "subscriberSnsTopicArns": [TOPIC],
}
MONTHLY: dict[str, Any] = {
    "name": "research",
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitAmount": "500",
    "limitUnit": "USD",
}


@pytest.mark.parametrize(
    "inputs",
    [
        {"protocol": "email", "endpoint": "team@example.com"},
        {
            "protocol": "https",
            "endpoint": "https://pager.example.com/key",
            "filterPolicy": json.dumps({"team": ["research"]}),
            "filterPolicyScope": "MessageAttributes",
        },
        {"protocol": "sqs", "endpoint": f"arn:aws:sqs:{HOME}:queue", "rawMessageDelivery": True},
    ],
    ids=["mail", "pager of a team", "queue"],
)
def test_a_subscription_goes_round(account: Account, inputs: dict[str, Any]) -> None:
    topic = create(account, "aws:sns/topic:Topic", "critical", name="critical")
    made = round_trip(account, SUBSCRIPTION, {"topic": TOPIC, **inputs})
    assert made.id.startswith(f"{TOPIC}:")
    delete(account, topic)


def test_a_subscription_of_a_missing_topic_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="does not exist"):
        create(account, SUBSCRIPTION, "x", topic=TOPIC, protocol="email", endpoint="team@example.com")


def test_a_budget_goes_round(account: Account) -> None:
    expression = {"tags": {"key": "llm-platform:team", "values": ["research"]}}
    inputs = {**MONTHLY, "filterExpression": expression, "notifications": [NOTIFIED]}
    made = round_trip(account, BUDGET, inputs)
    assert made.id == "111122223333:research"
    assert made.outputs["arn"] == "arn:aws:budgets::111122223333:budget/research"


def test_a_standing_budget_is_seen_and_its_subscribers_are_known_to_be_lost(account: Account) -> None:
    budget = create(account, BUDGET, "b", **MONTHLY, notifications=[NOTIFIED])
    assert [standing.id for standing in inventory.snapshot(account) if standing.type == BUDGET] == [budget.id]
    assert differences(account, budget) == {}
    delete(account, budget)


def test_a_budget_by_filters_goes_round(account: Account) -> None:
    round_trip(account, BUDGET, {**MONTHLY, "costFilters": [{"name": "Service", "values": ["Amazon EC2"]}]})


def test_a_second_budget_of_a_name_is_refused(account: Account) -> None:
    budget = create(account, BUDGET, "b", **MONTHLY)
    with pytest.raises(CloudError, match="Duplicate"):
        create(account, BUDGET, "c", **MONTHLY)
    delete(account, budget)


def test_a_budget_that_adjusts_itself_is_said_not_to_be_translated(account: Account) -> None:
    with pytest.raises(NotEmulatedError, match="autoAdjustData"):
        create(account, BUDGET, "b", **MONTHLY, autoAdjustData={"autoAdjustType": "FORECAST"})


def test_a_trail_goes_round(account: Account) -> None:
    bucket = create(account, "aws:s3/bucket:Bucket", "trail", bucket="llm-platform-trail")
    inputs = {
        "name": "llm-platform",
        "s3BucketName": "llm-platform-trail",
        "kmsKeyId": f"arn:aws:kms:{HOME}:key/logs",
        "isMultiRegionTrail": True,
        "includeGlobalServiceEvents": True,
        "enableLogFileValidation": True,
        "enableLogging": True,
        "cloudWatchLogsGroupArn": f"arn:aws:logs:{HOME}:log-group:trail:*",
        "cloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/trail",
        "advancedEventSelectors": [
            {
                "name": "objects",
                "fieldSelectors": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::models/"]},
                ],
            }
        ],
        "tagsAll": TAGS,
    }
    made = round_trip(account, TRAIL, inputs)
    assert made.id == f"arn:aws:cloudtrail:{HOME}:trail/llm-platform"
    delete(account, bucket)


def test_a_trail_into_a_missing_bucket_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="S3BucketDoesNotExist"):
        create(account, TRAIL, "x", name="llm-platform", s3BucketName="missing")


def test_a_workspace_goes_round(account: Account) -> None:
    made = round_trip(account, WORKSPACE, {"alias": "llm-platform", "tagsAll": TAGS})
    assert made.outputs["arn"] == f"arn:aws:aps:{HOME}:workspace/{made.id}"
    assert made.outputs["prometheusEndpoint"].endswith(f"/workspaces/{made.id}/")


def test_a_workspaces_key_is_sent_though_moto_drops_it(account: Account) -> None:
    workspace = create(account, WORKSPACE, "w", alias="w", kmsKeyArn=f"arn:aws:kms:{HOME}:key/0a1b")
    delete(account, workspace)


def test_what_moto_lacks_is_checked_and_recorded(account: Account) -> None:
    configuration = {
        "workspaceId": "ws-0a1b2c3d-1111-2222-3333-444455556666",
        "retentionPeriodInDays": 150,
        "limitsPerLabelSets": [{"labelSet": {}, "limits": {"maxSeries": 1000}}],
    }
    made = record(account, "aws:amp/workspaceConfiguration:WorkspaceConfiguration", configuration)
    assert made.id == configuration["workspaceId"]
    grafana = {
        "name": "llm-platform",
        "accountAccessType": "CURRENT_ACCOUNT",
        "authenticationProviders": ["AWS_SSO"],
        "permissionType": "CUSTOMER_MANAGED",
        "dataSources": ["CLOUDWATCH"],
        "grafanaVersion": "10.4",
        "tagsAll": TAGS,
    }
    workspace = record(account, "aws:grafana/workspace:Workspace", grafana)
    association = {"workspaceId": workspace.id, "role": "ADMIN", "groupIds": ["b4a8d4f8-5001-70c2-9d1e-3f4a5b6c7d8e"]}
    assert record(account, "aws:grafana/roleAssociation:RoleAssociation", association).id == f"{workspace.id}/ADMIN"
    channel = {
        "configurationName": "critical",
        "slackTeamId": "T0123ABCD",
        "slackChannelId": "C0123ABCD",
        "iamRoleArn": "arn:aws:iam::111122223333:role/slack",
        "snsTopicArns": [TOPIC],
        "loggingLevel": "ERROR",
        "tagsAll": TAGS,
    }
    made = record(account, "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", channel)
    assert made.id == "arn:aws:chatbot::111122223333:chat-configuration/slack-channel/critical"


@pytest.mark.parametrize(
    ("type_", "inputs", "match"),
    [
        (
            "aws:grafana/workspace:Workspace",
            {"accountAccessType": "MINE", "authenticationProviders": ["AWS_SSO"], "permissionType": "CUSTOMER_MANAGED"},
            "MINE",
        ),
        (
            "aws:amp/workspaceConfiguration:WorkspaceConfiguration",
            {"workspaceId": "ws-0a1b2c3d-1111-2222-3333-444455556666", "retentionPeriodInDays": 0},
            "retentionPeriodInDays",
        ),
    ],
)
def test_a_request_that_aws_could_not_read_is_refused(
    account: Account, type_: str, inputs: dict[str, Any], match: str
) -> None:
    with pytest.raises(CloudError, match=match):
        record(account, type_, inputs)
