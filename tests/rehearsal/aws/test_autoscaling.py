"""Application Auto Scaling in the emulated account. Does not prove that anything is scaled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, is_gone
from tests.rehearsal.aws.round_trip import TAGS, assert_read_back, round_trip

POLICY = "aws:appautoscaling/policy:Policy"
SCALED = {
    "resourceId": "endpoint/burst/variant/all",
    "serviceNamespace": "sagemaker",
    "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "targetValue": 5,
    "scaleInCooldown": 600,
    "scaleOutCooldown": 300,
    "customizedMetricSpecification": {
        "metricName": "ApproximateBacklogSizePerInstance",
        "namespace": "AWS/SageMaker",
        "statistic": "Average",
        "dimensions": [{"name": "EndpointName", "value": "burst"}],
    },
}
STEP = {
    "adjustmentType": "ChangeInCapacity",
    "cooldown": 300,
    "metricAggregationType": "Average",
    "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}],
}


@pytest.fixture
def target(account: Account) -> Iterator[Resource]:
    inputs = {**SCALED, "minCapacity": 0, "maxCapacity": 4, "tagsAll": TAGS}
    made = create(account, "aws:appautoscaling/target:Target", "burst", **inputs)
    yield made
    delete(account, made)
    assert is_gone(account, made)


def test_a_target_reads_back(account: Account, target: Resource) -> None:
    assert_read_back(account, target, unread=frozenset({"tagsAll"}))
    assert target.id == "endpoint/burst/variant/all"
    assert target.outputs["arn"].startswith("arn:aws:application-autoscaling:us-east-1:111122223333:")


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    "inputs",
    [
        {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": TRACKING},
        {"policyType": "StepScaling", "stepScalingPolicyConfiguration": STEP},
    ],
    ids=["target-tracking", "step"],
)
def test_a_policy_goes_round(account: Account, inputs: dict[str, Any]) -> None:
    made = round_trip(account, POLICY, {"name": "backlog", **SCALED, **inputs})
    assert made.id == "backlog"
    assert ":scalingPolicy:" in made.outputs["arn"]


def test_an_unknown_dimension_is_refused(account: Account) -> None:
    inputs = {**SCALED, "scalableDimension": "sagemaker:variant:Length", "minCapacity": 0, "maxCapacity": 1}
    with pytest.raises(CloudError, match="Length"):
        create(account, "aws:appautoscaling/target:Target", "bad", **inputs)
