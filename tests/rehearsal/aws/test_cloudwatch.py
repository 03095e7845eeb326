"""CloudWatch alarms in the emulated account. Does not prove that an alarm would fire."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create
from tests.rehearsal.aws.round_trip import TAGS, round_trip

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BACKLOG: dict[str, Any] = {
    "name": "backlog",
    "comparisonOperator": "GreaterThanOrEqualToThreshold",
    "evaluationPeriods": 2,
    "threshold": 1,
    "treatMissingData": "missing",
    "tagsAll": TAGS,
}
METRIC: dict[str, Any] = {
    "metricName": "HasBacklogWithoutCapacity",
    "namespace": "AWS/SageMaker",
    "dimensions": {"EndpointName": "burst"},
    "period": 60,
}


def test_an_alarm_on_a_metric_goes_round(account: Account) -> None:
    actions = {"alarmActions": ["arn:aws:sns:us-east-1:111122223333:errors"], "alarmDescription": "backlog"}
    made = round_trip(account, ALARM, {**BACKLOG, **METRIC, **actions, "statistic": "Average"})
    assert made.id == "backlog"
    assert made.outputs["arn"] == "arn:aws:cloudwatch:us-east-1:111122223333:alarm:backlog"


def test_an_alarm_on_an_expression_goes_round(account: Account) -> None:
    queries = [
        {"id": "rate", "expression": "errors / 2", "label": "errors", "returnData": True},
        {"id": "errors", "metric": {**METRIC, "stat": "Sum"}},
    ]
    round_trip(account, ALARM, {**BACKLOG, "metricQueries": queries})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"comparisonOperator": "Above"}, "Above"),
        ({"evaluationPeriods": "two"}, "EvaluationPeriods"),
    ],
)
def test_a_bad_alarm_is_refused(account: Account, change: dict[str, Any], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        create(account, ALARM, "bad", **{**BACKLOG, **METRIC, "statistic": "Average", **change})
