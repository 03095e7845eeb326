"""Databases can be put back to an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

RETENTION = {
    "aws:docdb/cluster:Cluster": ("backupRetentionPeriod", 1),
    "aws:memorydb/cluster:Cluster": ("snapshotRetentionLimit", 0),
    "aws:neptune/cluster:Cluster": ("backupRetentionPeriod", 1),
    "aws:rds/cluster:Cluster": ("backupRetentionPeriod", 1),
    "aws:rds/instance:Instance": ("backupRetentionPeriod", 0),
    "aws:redshift/cluster:Cluster": ("automatedSnapshotRetentionPeriod", 1),
}
"""Where a type says for how many days it can be put back, and what AWS takes where it says nothing."""
TABLES = ("aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at days of retention, or at a table's point-in-time recovery."""
    properties = resource.properties
    least = configuration.inner("minimum_days").number(resource.environment)
    if least is None:
        least = configuration.number("minimum_days_elsewhere") or 0
    if resource.type in TABLES:
        yield from _table(resource, least)
    elif not properties.has("replicateSourceDb"):  # a replica is backed up where its source is
        path, by_default = RETENTION[resource.type]
        given = properties.number(path)
        days = by_default if given is None else given
        if days < least:
            yield Violation(f"is {days:g} days", f"set it to at least {least:g}", path)


def _table(resource: Resource, least: float) -> Iterator[Violation]:
    table = resource.properties
    if resource.kind == "TableReplica":
        if table.flag("pointInTimeRecovery") is not True:
            yield _off("pointInTimeRecovery")
        return
    yield from each((_recovery, partial(_period, least=least), _replicas), lambda check: check(table))


def _recovery(table: Properties) -> Iterator[Violation]:
    if table.flag("pointInTimeRecovery.enabled") is not True:
        yield _off("pointInTimeRecovery.enabled")


def _period(table: Properties, least: float) -> Iterator[Violation]:
    path = "pointInTimeRecovery.recoveryPeriodInDays"
    days = table.number(path)
    if days is not None and days < least:
        yield Violation(f"is {days:g} days", f"set it to at least {least:g}", path)


def _replicas(table: Properties) -> Iterator[Violation]:
    yield from each(table.inners("replicas"), _replica)


def _replica(replica: Properties) -> Iterator[Violation]:
    if replica.flag("pointInTimeRecovery") is not True:
        yield _off(replica.at("pointInTimeRecovery"))


def _off(path: str) -> Violation:
    return Violation("is not on: the table can't be put back to an earlier moment", "set it to true", path)


POLICY = ResourcePolicy(
    name="databases-are-backed-up",
    description="Every database can be put back to any moment of the last days.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minimum_days": {
                "type": "object",
                "additionalProperties": {"type": "number"},
                "description": "Days of backups to keep, by environment",
                "default": {"dev": 1},
            },
            "minimum_days_elsewhere": {
                "type": "number",
                "description": "Days of backups to keep in environments that are not named",
                "default": 7,
            },
        }
    ),
    types=(*RETENTION, *TABLES),
    validate=validate,
)
