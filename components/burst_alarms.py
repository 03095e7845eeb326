"""Alarms of the burst endpoint."""

from __future__ import annotations

from typing import Literal

import pulumi

from components.alarm import Alarm

FAILED_PERIODS = 3


def burst_alarms(
    endpoint_name: pulumi.Input[str], variant_name: str, mode: Literal["asynchronous", "serverless"]
) -> list[Alarm]:
    """Requests that fail; asynchronous ones that nobody works on.

    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """
    if mode == "serverless":
        return [
            _alarm(
                "BurstRequestsFail",
                "Requests fail with 5XX in each of 3 times 5 minutes.",
                "Invocation5XXErrors",
                {"EndpointName": endpoint_name, "VariantName": variant_name},
            )
        ]
    own: dict[str, pulumi.Input[str]] = {"EndpointName": endpoint_name}
    return [
        _alarm(
            "BurstRequestsFail",
            "Requests fail in each of 3 times 5 minutes.",
            "InvocationFailures",
            own,
        ),
        _alarm(
            "BurstBacklogStuck",
            "Requests have waited for an hour, and no instance has come.",
            "HasBacklogWithoutCapacity",
            own,
            periods=12,
        ),
    ]


def _alarm(
    kind: str, summary: str, metric: str, own: dict[str, pulumi.Input[str]], periods: int = FAILED_PERIODS
) -> Alarm:
    return Alarm(
        kind=kind,
        subject="",
        severity="warning",
        summary=summary,
        namespace="AWS/SageMaker",
        metric=metric,
        dimensions=own,
        statistic="Sum",
        period_seconds=300,
        periods=periods,
        comparison="above",
        threshold=0,
    )
