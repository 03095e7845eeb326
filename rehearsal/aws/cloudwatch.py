"""CloudWatch alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_PARAMETERS: Final = {
    "ActionsEnabled": "actionsEnabled",
    "AlarmActions": "alarmActions",
    "AlarmDescription": "alarmDescription",
    "AlarmName": "name",
    "ComparisonOperator": "comparisonOperator",
    "DatapointsToAlarm": "datapointsToAlarm",
    "EvaluateLowSampleCountPercentile": "evaluateLowSampleCountPercentiles",
    "EvaluationPeriods": "evaluationPeriods",
    "ExtendedStatistic": "extendedStatistic",
    "InsufficientDataActions": "insufficientDataActions",
    "MetricName": "metricName",
    "Namespace": "namespace",
    "OKActions": "okActions",
    "Period": "period",
    "Statistic": "statistic",
    "Threshold": "threshold",
    "ThresholdMetricId": "thresholdMetricId",
    "TreatMissingData": "treatMissingData",
    "Unit": "unit",
}


@translates("aws:cloudwatch/metricAlarm:MetricAlarm")
class MetricAlarm(Emulated):
    """An alarm on a metric, or on an expression over several; its id is its name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the alarm."""
        request = given(inputs, **_PARAMETERS)
        if inputs.get("dimensions"):
            request["Dimensions"] = _dimensions(inputs["dimensions"])
        if inputs.get("metricQueries"):
            request["Metrics"] = [_query(query) for query in inputs["metricQueries"]]
        aws.call("cloudwatch", "put_metric_alarm", **request, Tags=tag_list(inputs))
        name = inputs["name"]
        arn = f"arn:aws:cloudwatch:{aws.region}:{aws.account_id}:alarm:{name}"
        return Created(name, {"arn": arn, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the alarm."""
        inputs = resource.registration.inputs
        found = aws.call("cloudwatch", "describe_alarms", AlarmNames=[resource.id])["MetricAlarms"]
        if not found:
            return None
        seen = found[0]
        queries = [_seen_query(query) for query in seen.get("Metrics") or []]
        tags = aws.call("cloudwatch", "list_tags_for_resource", ResourceARN=seen["AlarmArn"])["Tags"]
        return {
            **{ours: seen.get(theirs) for theirs, ours in _PARAMETERS.items()},
            "dimensions": {d["Name"]: d["Value"] for d in seen.get("Dimensions") or []},
            "metricQueries": shaped_like(inputs.get("metricQueries"), queries),
            "tagsAll": tag_map(tags),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the alarm."""
        aws.call("cloudwatch", "delete_alarms", AlarmNames=[resource.id])


def _dimensions(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one metric query: the provider has metric, period and statistic in one flat object."""
    built = capitalised({**query, "metric": None})
    if metric := query.get("metric"):
        built["MetricStat"] = {
            "Metric": {
                **given(metric, MetricName="metricName", Namespace="namespace"),
                "Dimensions": _dimensions(metric.get("dimensions") or {}),
            },
            **given(metric, Period="period", Stat="stat", Unit="unit"),
        }
    return built


def _seen_query(query: Mapping[str, Any]) -> dict[str, Any]:
    seen = uncapitalised({key: value for key, value in query.items() if key != "MetricStat"})
    if stat := query.get("MetricStat"):
        metric = uncapitalised(stat["Metric"])
        metric["dimensions"] = {d["name"]: d["value"] for d in metric.get("dimensions") or []}
        seen["metric"] = {**metric, **uncapitalised({k: v for k, v in stat.items() if k != "Metric"})}
    return seen
