"""Alarms of CloudWatch for what lives outside the cluster, each with its severity's topic as its action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.alarm import OPERATORS, Alarm, Ratio


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What `Alarms` needs."""

    platform: str
    alarms: Sequence[Alarm]
    topic_arns: Mapping[str, pulumi.Input[str]]
    """By severity."""
    owner: str
    """Team that acts on them."""


class Alarms(pulumi.ComponentResource):
    """Metric alarms; a topic is told when one goes off and when it is over."""

    arns: Mapping[str, pulumi.Output[str]]
    """By name, without the platform's."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:alarms:Alarms", name, None, opts)
        self.arns = {
            label: _alarm(self, f"{name}-{label}", f"{args.platform}-{label}", alarm, args).arn
            for alarm in args.alarms
            for label in (alarm_label(alarm),)
        }
        self.register_outputs({"arns": self.arns})


def alarm_label(alarm: Alarm) -> str:
    """End of an alarm's name: `DatabaseCpuHigh-vectors-0`."""
    return f"{alarm.kind}-{alarm.subject}" if alarm.subject else alarm.kind


def runbook(kind: str) -> str:
    """Page that says what to do, from the repository's root."""
    return f"docs/runbooks/{kind}.md"


def _alarm(parent: Alarms, name: str, alarm_name: str, alarm: Alarm, args: AlarmsArgs) -> cloudwatch.MetricAlarm:
    topic = args.topic_arns[alarm.severity]
    single = alarm.ratio is None
    return cloudwatch.MetricAlarm(
        name,
        name=alarm_name,
        alarm_description=(
            f"{alarm.summary} Severity: {alarm.severity}. Owner: {args.owner}. Runbook: {runbook(alarm.kind)}"
        ),
        namespace=alarm.namespace if single else None,
        metric_name=alarm.metric if single else None,
        dimensions=dict(alarm.dimensions) if single else None,
        statistic=alarm.statistic if single else None,
        period=alarm.period_seconds if single else None,
        metric_queries=None if alarm.ratio is None else _queries(alarm, alarm.ratio),
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.periods_beyond or alarm.periods,
        comparison_operator=OPERATORS[alarm.comparison],
        threshold=alarm.threshold,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic],
        ok_actions=[topic],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _queries(alarm: Alarm, ratio: Ratio) -> list[cloudwatch.MetricAlarmMetricQueryArgsDict]:
    """The metric, what it is a part of, and the one in per cent of the others; without traffic there is no point."""
    whole = "+".join(f"whole{index}" for index in range(len(ratio.of)))
    return [
        {
            "id": "percent",
            "expression": f"IF({whole}>0, 100*part/({whole}))",
            "label": f"{alarm.metric} in per cent",
            "return_data": True,
        },
        _query(alarm, "part", alarm.metric),
        *(_query(alarm, f"whole{index}", metric) for index, metric in enumerate(ratio.of)),
    ]


def _query(alarm: Alarm, id_: str, metric: str) -> cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": id_,
        "return_data": False,
        "metric": {
            "namespace": alarm.namespace,
            "metric_name": metric,
            "dimensions": dict(alarm.dimensions),
            "stat": alarm.statistic,
            "period": alarm.period_seconds,
        },
    }
