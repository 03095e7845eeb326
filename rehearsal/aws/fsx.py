"""FSx for Lustre file systems."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised, existing, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_LUSTRE: Final = (
    "autoImportPolicy",
    "automaticBackupRetentionDays",
    "copyTagsToBackups",
    "dailyAutomaticBackupStartTime",
    "dataCompressionType",
    "deploymentType",
    "driveCacheType",
    "efaEnabled",
    "exportPath",
    "importPath",
    "importedFileChunkSize",
    "logConfiguration",
    "metadataConfiguration",
    "perUnitStorageThroughput",
    "rootSquashConfiguration",
    "throughputCapacity",
    "weeklyMaintenanceStartTime",
)
"""What the API keeps under LustreConfiguration; the provider has it flat."""


@translates("aws:fsx/lustreFileSystem:LustreFileSystem")
class LustreFileSystem(Emulated):
    """A Lustre file system in one subnet."""

    loses = {
        "fileSystemTypeVersion": "moto drops it",
        "securityGroupIds": "FSx describes them on its network interfaces only, which moto lacks",
        "storageType": "moto gives it back only when it was asked for",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the file system."""
        subnet = inputs["subnetIds"]  # one id: the provider's plural is misleading
        vpc_id = aws.call("ec2", "describe_subnets", SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        request = given(
            inputs,
            StorageCapacity="storageCapacity",
            StorageType="storageType",
            SecurityGroupIds="securityGroupIds",
            KmsKeyId="kmsKeyId",
            FileSystemTypeVersion="fileSystemTypeVersion",
        )
        lustre = {key: inputs[key] for key in _LUSTRE if inputs.get(key) is not None}
        seen = aws.call(
            "fsx",
            "create_file_system",
            FileSystemType="LUSTRE",
            SubnetIds=[subnet],
            LustreConfiguration=capitalised(lustre),
            **({"Tags": tag_list(inputs)} if inputs.get("tagsAll") else {}),  # an empty list is refused
            **request,
        )["FileSystem"]
        identity = seen["FileSystemId"]
        outputs = {
            "arn": seen["ResourceARN"],
            "dnsName": seen["DNSName"],
            # Moto has none; PERSISTENT_2 file systems get eight characters.
            "mountName": hashlib.sha256(identity.encode()).hexdigest()[:8],
            "networkInterfaceIds": [f"eni-{hashlib.sha256(identity.encode()).hexdigest()[:17]}"],
            "ownerId": aws.account_id,
            "region": aws.region,
            "vpcId": vpc_id,
        }
        return Created(identity, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the file system."""
        inputs = resource.registration.inputs
        answer = existing(aws, "fsx", "describe_file_systems", FileSystemIds=[resource.id])
        found = (answer or {}).get("FileSystems") or []  # moto answers an empty list for what is gone
        if not found:
            return None
        seen = found[0]
        asked = {key: inputs[key] for key in _LUSTRE if key in inputs}
        return {
            **shaped_like(asked, uncapitalised(seen.get("LustreConfiguration") or {})),
            "storageCapacity": seen.get("StorageCapacity"),  # Intelligent-Tiering has none
            "storageType": seen.get("StorageType"),
            "subnetIds": seen["SubnetIds"][0],
            "kmsKeyId": seen.get("KmsKeyId"),
            "fileSystemTypeVersion": seen.get("FileSystemTypeVersion"),
            "tagsAll": tag_map(seen.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the file system, without a final backup unless one is asked for."""
        skip = resource.registration.inputs.get("skipFinalBackup", True)
        aws.call(
            "fsx",
            "delete_file_system",
            FileSystemId=resource.id,
            LustreConfiguration={"SkipFinalBackup": bool(skip)},
        )
