"""Subscriptions, budgets, trails, workspaces and what tells of them: accepted ones, and those that AWS refuses.

`may be silent` stands for what AWS takes, and then tells nobody: the message is lost.
"""

from __future__ import annotations

from typing import Any

from tests.rehearsal.refusal import ABSENT, rows
from tests.rehearsal.standing_world import (
    ACCOUNT,
    ALERTS,
    ALERTS_KEY,
    GRAFANA,
    KEY,
    LOGS_KEY,
    METRICS,
    QUEUE,
    REGION,
    SEALED,
    SILENT,
    TRAIL_BUCKET,
    role_arn,
)

SILENCE = "may be silent: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
GROUP_ID = "b4a8d4f8-5001-70c2-9d1e-3f4a5b6c7d8e"
NOTIFIED: dict[str, Any] = {
    "notificationType": "ACTUAL",
    "comparisonOperator": "GREATER_THAN",
    "threshold": 80,
    "thresholdType": "PERCENTAGE",
    "subscriberSnsTopicArns": [ALERTS],
}
CHANGES = {
    "name": "changes",
    "fieldSelectors": [
        {"field": "eventCategory", "equals": ["Management"]},
        {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]},
    ],
}

ACCEPTED_WATCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "subscription": (
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": ALERTS, "protocol": "email", "endpoint": "team@example.com"},
    ),
    "queue's subscription": (
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": ALERTS, "protocol": "sqs", "endpoint": QUEUE},
    ),
    "alarm that tells": (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {
            "name": "cpu",
            "namespace": "AWS/RDS",
            "metricName": "CPUUtilization",
            "statistic": "Average",
            "period": 60,
            "evaluationPeriods": 15,
            "threshold": 85,
            "comparisonOperator": "GreaterThanThreshold",
            "alarmActions": [ALERTS],
            "okActions": [ALERTS],
        },
    ),
    "rule that tells": ("aws:cloudwatch/eventTarget:EventTarget", {"rule": "spot", "arn": ALERTS}),
    "budget": (
        "aws:budgets/budget:Budget",
        {
            "name": "research",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "500",
            "limitUnit": "USD",
            "notifications": [NOTIFIED],
        },
    ),
    "trail": (
        "aws:cloudtrail/trail:Trail",
        {
            "name": "llm-platform",
            "s3BucketName": TRAIL_BUCKET,
            "kmsKeyId": ALERTS_KEY,
            "advancedEventSelectors": [CHANGES],
        },
    ),
    "metrics workspace": ("aws:amp/workspace:Workspace", {"alias": "llm", "kmsKeyArn": KEY}),
    "metrics configuration": (
        "aws:amp/workspaceConfiguration:WorkspaceConfiguration",
        {"workspaceId": METRICS, "retentionPeriodInDays": 150},
    ),
    "Grafana": (
        "aws:grafana/workspace:Workspace",
        {
            "name": "llm",
            "accountAccessType": "CURRENT_ACCOUNT",
            "authenticationProviders": ["AWS_SSO"],
            "permissionType": "CUSTOMER_MANAGED",
            "roleArn": role_arn("monitoring"),
            "dataSources": ["PROMETHEUS"],
        },
    ),
    "Grafana's role": (
        "aws:grafana/roleAssociation:RoleAssociation",
        {"workspaceId": GRAFANA, "role": "ADMIN", "groupIds": [GROUP_ID]},
    ),
    "Slack channel": (
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        {
            "configurationName": "critical",
            "slackTeamId": "T0123ABCD",
            "slackChannelId": "C0123ABCD",
            "iamRoleArn": role_arn("monitoring"),
            "snsTopicArns": [ALERTS],
        },
    ),
}

MISSING = f"arn:aws:sns:{REGION}:{ACCOUNT}:missing"
REFUSED_WATCHED = (
    *rows(
        "subscription",
        ("topic", MISSING, "NotFound"),
        ("protocol", "mail", "InvalidParameter: protocol"),
        ("endpoint", "team", "InvalidParameter: endpoint"),
    ),
    *rows("queue's subscription", ("endpoint", "interruption", "InvalidParameter: SQS endpoint ARN")),
    *rows(
        "alarm that tells",
        ("alarmActions", [SILENT], SILENCE),
        ("alarmActions", [SEALED], SILENCE),
        ("okActions", [ALERTS, SEALED], SILENCE),
    ),
    *rows("rule that tells", ("arn", SILENT, SILENCE), ("arn", SEALED, SILENCE)),
    *rows(
        "budget",
        ("notifications.0.subscriberSnsTopicArns", [SILENT], SILENCE),
        ("notifications.0.subscriberSnsTopicArns", [SEALED], SILENCE),
        ("notifications.0.comparisonOperator", "ABOVE", "ValidationException"),
        ("notifications.0.notificationType", "PREDICTED", "ValidationException"),
        ("timeUnit", "WEEKLY", "ValidationException"),
        ("budgetType", "MONEY", "ValidationException"),
    ),
    *rows(
        "trail",
        ("s3BucketName", "llm-platform-models", "InsufficientS3BucketPolicyException"),
        ("s3BucketName", "missing", "S3BucketDoesNotExistException"),
        ("kmsKeyId", LOGS_KEY, "InsufficientEncryptionPolicyException"),
        ("advancedEventSelectors.0.fieldSelectors.0.equals", ["Management", "Data"], "InvalidEventSelectorsException"),
        ("advancedEventSelectors.0.fieldSelectors.0.field", "category", "InvalidEventSelectorsException"),
        (
            "advancedEventSelectors.0.fieldSelectors.1",
            {"field": "eventSource", "equals": ["kms.amazonaws.com"]},
            "InvalidEventSelectorsException",
        ),
    ),
    *rows("metrics workspace", ("kmsKeyArn", "alias/metrics", "ValidationException")),
    *rows(
        "metrics configuration",
        ("workspaceId", "ws-0b000000-0000-4000-8000-000000000001", "ResourceNotFoundException"),
        ("retentionPeriodInDays", 0, "ValidationException"),
    ),
    *rows(
        "Grafana",
        ("accountAccessType", "ACCOUNT", "ValidationException"),
        ("authenticationProviders", ["PASSWORD"], "ValidationException"),
        ("permissionType", ABSENT, "ValidationException"),
        ("dataSources", ["LOKI"], "ValidationException"),
        ("roleArn", role_arn("missing"), "ValidationException"),
    ),
    *rows(
        "Grafana's role",
        ("workspaceId", "g-0b00000001", "ResourceNotFoundException"),
        ("role", "OWNER", "ValidationException"),
    ),
    *rows(
        "Slack channel",
        ("snsTopicArns", [MISSING], "InvalidRequestException"),
        ("slackTeamId", "workspace", "InvalidParameterException"),
        ("slackChannelId", "#alerts", "InvalidParameterException"),
    ),
)
