"""Alarms of what machines come from and work on: interruption warnings, dedicated hosts, scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from components.alarm import Alarm

WARNING_AGE_SECONDS: Final = 60
"""Spot capacity goes two minutes after its warning, and draining takes the second of them."""
SCRATCH_SHARE: Final = 0.1
GB_OF_A_GIB: Final = 2**30


def interruption_alarms(queue_name: pulumi.Input[str]) -> list[Alarm]:
    """Warnings that nobody takes from the queue: machines go away with their pods.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    return [
        Alarm(
            kind="InterruptionsUnread",
            subject="",
            severity="critical",
            summary=f"A warning has waited for more than {WARNING_AGE_SECONDS} s in 3 of 5 minutes.",
            namespace="AWS/SQS",
            metric="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": queue_name},
            statistic="Maximum",
            period_seconds=60,
            periods=5,
            periods_beyond=3,
            comparison="above",
            threshold=WARNING_AGE_SECONDS,
        )
    ]


def host_alarms(instance_ids: Mapping[str, Sequence[pulumi.Input[str]]]) -> list[Alarm]:
    """An instance on a dedicated host, by group, that fails EC2's checks: nothing else replaces it."""
    return [
        Alarm(
            kind="HostCheckFailed",
            subject=f"{group}-{number}",
            severity="critical",
            summary="The instance fails a status check of EC2 for 5 minutes.",
            namespace="AWS/EC2",
            metric="StatusCheckFailed",
            dimensions={"InstanceId": instance_id},
            statistic="Maximum",
            period_seconds=60,
            periods=5,
            comparison="above",
            threshold=0,
            missing="breaching",  # an instance that is stopped reports nothing
        )
        for group, ids in instance_ids.items()
        for number, instance_id in enumerate(ids)
    ]


def scratch_alarms(file_system_id: pulumi.Input[str], capacity_gib: int) -> list[Alarm]:
    """The scratch of training jobs is almost full.

    https://docs.aws.amazon.com/fsx/latest/LustreGuide/fs-metrics.html (FreeDataStorageCapacity, by target)
    """
    return [
        Alarm(
            kind="ScratchFull",
            subject="",
            severity="warning",
            summary=f"Less than {SCRATCH_SHARE:.0%} of {capacity_gib} GiB free for 15 minutes.",
            namespace="AWS/FSx",
            metric="FreeDataStorageCapacity",
            dimensions={"FileSystemId": file_system_id},
            statistic="Sum",  # over the targets
            period_seconds=60,
            periods=15,
            comparison="below",
            threshold=round(capacity_gib * SCRATCH_SHARE * GB_OF_A_GIB),
        )
    ]
