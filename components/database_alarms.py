"""Alarms of the vector database where it is Aurora."""

from __future__ import annotations

from typing import Final, Literal

import pulumi

from components.alarm import Alarm
from components.alert_topics import Severity
from components.aurora_facts import AuroraFacts

NAMESPACE: Final = "AWS/RDS"
GIB: Final = 2**30
MINUTE: Final = 60

CPU_PERCENT: Final = 85
CAPACITY_PERCENT: Final = 90
MEMORY_SHARE: Final = 0.05
"""Shared buffers take three quarters of an instance by design, so that little is always free."""
BYTES_OF_A_CONNECTION: Final = 9531392
MOST_CONNECTIONS: Final = 5000
"""Aurora's own default of max_connections, LEAST(memory / 9531392, 5000), which nothing here changes.

https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html
"""
CONNECTIONS_SHARE: Final = 0.8
LAG_MILLISECONDS: Final = 1000
FAILED_SIGN_INS: Final = 10


def database_alarms(database: AuroraFacts) -> list[Alarm]:
    """Instances that are busy, full or silent; readers that fall behind; a proxy that turns clients away.

    Metrics: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    """
    alarms = [
        alarm
        for number, identifier in enumerate(database.instance_identifiers)
        for alarm in _of_instance(database, f"vectors-{number}", {"DBInstanceIdentifier": identifier})
    ]
    if len(database.instance_identifiers) > 1:
        alarms.append(
            _alarm(
                "DatabaseReplicaLag",
                "vectors",
                "warning",
                f"A reader is more than {LAG_MILLISECONDS} ms behind the writer for 10 minutes.",
                "AuroraReplicaLagMaximum",
                {"DBClusterIdentifier": database.cluster_identifier},
                minutes=10,
                statistic="Maximum",
                threshold=LAG_MILLISECONDS,
            )
        )
    if database.proxy_name is not None:
        alarms.append(
            _alarm(
                "DatabaseProxySignInsFail",
                "vectors",
                "warning",
                f"More than {FAILED_SIGN_INS} clients a minute fail to sign in to the proxy for 5 minutes.",
                "ClientConnectionsSetupFailedAuth",
                {"ProxyName": database.proxy_name},
                minutes=5,
                statistic="Sum",
                threshold=FAILED_SIGN_INS,
            )
        )
    return alarms


def _of_instance(database: AuroraFacts, subject: str, own: dict[str, pulumi.Input[str]]) -> list[Alarm]:
    memory = database.memory_gib * GIB
    connections = int(min(memory / BYTES_OF_A_CONNECTION, MOST_CONNECTIONS) * CONNECTIONS_SHARE)
    alarms = [
        _alarm(
            "DatabaseCpuHigh",
            subject,
            "warning",
            f"CPU above {CPU_PERCENT} % for 15 minutes.",
            "CPUUtilization",
            own,
            minutes=15,
            threshold=CPU_PERCENT,
        ),
        _alarm(
            "DatabaseConnectionsHigh",
            subject,
            "warning",
            f"More than {connections} connections for 10 minutes, which are {CONNECTIONS_SHARE:.0%} of all.",
            "DatabaseConnections",
            own,
            minutes=10,
            statistic="Maximum",
            threshold=connections,
        ),
    ]
    if database.serverless:
        alarms.append(
            _alarm(
                "DatabaseAtCapacity",
                subject,
                "warning",
                f"Above {CAPACITY_PERCENT} % of its largest capacity for 15 minutes: it can't grow further.",
                "ACUUtilization",
                own,
                minutes=15,
                threshold=CAPACITY_PERCENT,
            )
        )
    else:  # a serverless instance's free memory follows its capacity
        alarms.append(
            _alarm(
                "DatabaseMemoryLow",
                subject,
                "critical",
                f"Less than {MEMORY_SHARE:.0%} of {database.memory_gib:g} GiB memory free for 15 minutes.",
                "FreeableMemory",
                own,
                minutes=15,
                comparison="below",
                threshold=round(memory * MEMORY_SHARE),
            )
        )
    if not database.pauses:
        alarms.append(
            Alarm(
                kind="DatabaseSilent",
                subject=subject,
                severity="critical",
                summary="The instance has reported nothing for 5 minutes.",
                namespace=NAMESPACE,
                metric="CPUUtilization",
                dimensions=own,
                statistic="SampleCount",
                period_seconds=MINUTE,
                periods=5,
                comparison="below",
                threshold=1,
                missing="breaching",
            )
        )
    return alarms


def _alarm(
    kind: str,
    subject: str,
    severity: Severity,
    summary: str,
    metric: str,
    dimensions: dict[str, pulumi.Input[str]],
    *,
    minutes: int,
    threshold: float,
    statistic: Literal["Average", "Maximum", "Sum"] = "Average",
    comparison: Literal["above", "below"] = "above",
) -> Alarm:
    """Each minute of so many is beyond the threshold."""
    return Alarm(
        kind=kind,
        subject=subject,
        severity=severity,
        summary=summary,
        namespace=NAMESPACE,
        metric=metric,
        dimensions=dimensions,
        statistic=statistic,
        period_seconds=MINUTE,
        periods=minutes,
        comparison=comparison,
        threshold=threshold,
    )
