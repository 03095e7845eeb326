"""Block device mappings of nodes: which device an AMI family boots from, encrypted gp3 on every one."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

# Bottlerocket keeps its read-only system apart from images and pods, which live on the second volume.
# https://bottlerocket.dev/en/os/latest/#/concepts/storage/
BOTTLEROCKET_SYSTEM_GIB = 4


def _encrypted_gp3(
    device: str, size_gib: int, volumes_key_arn: pulumi.Input[str]
) -> ec2.LaunchTemplateBlockDeviceMappingArgs:
    return ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=device,
        ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            # The provider takes these two as text, to tell "false" from "not set".
            delete_on_termination="true",
            encrypted="true",
            kms_key_id=volumes_key_arn,
            volume_size=size_gib,
            volume_type="gp3",
        ),
    )


def block_devices(
    ami_type: str, disk_gib: int, volumes_key_arn: pulumi.Input[str]
) -> list[ec2.LaunchTemplateBlockDeviceMappingArgs]:
    """Volumes of a node: the root device of its AMI type, and Bottlerocket's data volume."""
    if ami_type.startswith("BOTTLEROCKET_"):
        return [
            _encrypted_gp3("/dev/xvda", BOTTLEROCKET_SYSTEM_GIB, volumes_key_arn),
            _encrypted_gp3("/dev/xvdb", disk_gib, volumes_key_arn),
        ]
    if ami_type.startswith("AL2023_"):
        return [_encrypted_gp3("/dev/xvda", disk_gib, volumes_key_arn)]
    raise ValueError(f"AMI type {ami_type!r}: its root device is not known; use an AL2023_ or BOTTLEROCKET_ type")
