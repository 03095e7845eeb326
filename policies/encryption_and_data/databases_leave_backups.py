"""Databases leave their backups behind when they are deleted."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

KEEPS_BACKUPS = {"aws:rds/cluster:Cluster", "aws:rds/instance:Instance"}
"""Types whose automated backups can stay; AWS deletes them with the database where nothing is said."""
FINAL_SNAPSHOT = {
    "aws:docdb/cluster:Cluster": "finalSnapshotIdentifier",
    "aws:memorydb/cluster:Cluster": "finalSnapshotName",
    "aws:neptune/cluster:Cluster": "finalSnapshotIdentifier",
    "aws:rds/cluster:Cluster": "finalSnapshotIdentifier",
    "aws:rds/instance:Instance": "finalSnapshotIdentifier",
    "aws:redshift/cluster:Cluster": "finalSnapshotIdentifier",
}
"""Where a type names the snapshot that is taken when it is deleted."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at what deletion leaves. A replica can't leave a snapshot, and its source has the data."""
    if resource.environment in configuration.texts("relaxed_environments"):
        return
    if not resource.properties.has("replicateSourceDb"):
        yield from each((_backups, _snapshot), lambda check: check(resource))


def _backups(resource: Resource) -> Iterator[Violation]:
    if resource.type in KEEPS_BACKUPS and resource.properties.flag("deleteAutomatedBackups") is not False:
        fault = "is not false: automated backups go with the database"
        yield Violation(fault, "set it to false", "deleteAutomatedBackups")


def _snapshot(resource: Resource) -> Iterator[Violation]:
    path = FINAL_SNAPSHOT[resource.type]
    if not resource.properties.has(path):
        yield Violation("is absent: there is no last snapshot to take", "name it", path)
    if resource.properties.flag("skipFinalSnapshot"):
        yield Violation("is true: nothing is left", f"set it to false and give {path}", "skipFinalSnapshot")


POLICY = ResourcePolicy(
    name="databases-leave-backups",
    description="Outside development, a database that is deleted leaves a last snapshot and its automated backups.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(properties=relaxed_environments()),
    types=tuple(FINAL_SNAPSHOT),
    validate=validate,
)
