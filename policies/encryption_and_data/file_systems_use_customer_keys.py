"""File systems are encrypted with customer keys."""

from __future__ import annotations

from policies.customer_keys import Encryption, by_type
from policies.policy import EnforcementLevel, ResourcePolicy, Severity

FSX = (Encryption("kmsKeyId"),)
"""Scratch deployments of Lustre take no customer key, so a file system needs a persistent one."""
ENCRYPTIONS = {
    "aws:efs/fileSystem:FileSystem": (Encryption("kmsKeyId", stated="encrypted"),),
    "aws:efs/replicationConfiguration:ReplicationConfiguration": (
        # Into a file system that there is already, that one's key holds.
        Encryption("destination.kmsKeyId", unless=("destination.fileSystemId",)),
    ),
    "aws:fsx/fileCache:FileCache": FSX,
    "aws:fsx/lustreFileSystem:LustreFileSystem": FSX,
    "aws:fsx/ontapFileSystem:OntapFileSystem": FSX,
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": FSX,
    "aws:fsx/windowsFileSystem:WindowsFileSystem": FSX,
}

POLICY = ResourcePolicy(
    name="file-systems-use-customer-keys",
    description="Every shared file system, its cache and its replica is encrypted with a customer key.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(ENCRYPTIONS),
    validate=by_type(ENCRYPTIONS),
)
