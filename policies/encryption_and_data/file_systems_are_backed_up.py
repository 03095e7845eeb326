"""File systems are backed up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.configuration import relaxed_environments, texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource, Stack

EFS = "aws:efs/fileSystem:FileSystem"
FSX = (
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
NO_FINAL_BACKUP = "skipFinalBackup"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the automatic backups of FSx, and at the backup policies of EFS."""
    if stack.environment in configuration.texts("relaxed_environments"):
        return
    least = configuration.number("minimum_days") or 0
    scratch = configuration.texts("scratch_types")
    file_systems = [found for found in stack.of_type(EFS, *FSX) if found.type not in scratch]
    yield from each(file_systems, partial(_backed_up, stack, least))


def _backed_up(stack: Stack, least: float, file_system: Resource) -> Iterator[Violation]:
    if file_system.type == EFS:
        policies = stack.referring(file_system, "fileSystemId", "aws:efs/backupPolicy:BackupPolicy", names=("id",))
        if not policies:
            remedy = "add a BackupPolicy with backupPolicy.status ENABLED"
            yield Violation("has no backup policy", remedy, "", file_system)
        yield from each(policies, _policy)
    else:
        yield from each((partial(_days, least=least), _final), lambda check: check(file_system), file_system)


def _days(file_system: Resource, least: float) -> Iterator[Violation]:
    path = "automaticBackupRetentionDays"
    days = file_system.properties.number(path) or 0
    if days < least:
        yield Violation(f"is {days:g} days", f"set it to at least {least:g}", path, file_system)


def _final(file_system: Resource) -> Iterator[Violation]:
    if file_system.properties.flag(NO_FINAL_BACKUP):
        yield Violation("is true: deletion leaves nothing", "set it to false", NO_FINAL_BACKUP, file_system)


def _policy(policy: Resource) -> Iterator[Violation]:
    path = "backupPolicy.status"
    if (status := policy.properties.text(path)) != "ENABLED":
        yield Violation(f"is {'absent' if status is None else shown(status)}", "set it to ENABLED", path, policy)


POLICY = StackPolicy(
    name="file-systems-are-backed-up",
    description="Outside development, every file system but scratch is backed up.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minimum_days": {
                "type": "number",
                "description": "Days of automatic backups that FSx keeps",
                "default": 7,
            },
            "scratch_types": texts(
                "Types of file systems that hold only what can be fetched again",
                ["aws:fsx/lustreFileSystem:LustreFileSystem"],
            ),
            **relaxed_environments(),
        }
    ),
    validate=validate,
)
