"""Scratch: a parallel file system for training data that can be fetched again."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, fsx, vpc

LUSTRE_PORTS = ((988, 988), (1018, 1023))
"""TCP ports of Lustre clients and servers.

https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
"""


SMALLEST_GIB, STEP_GIB = 1200, 2400
"""https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html (StorageCapacity)."""


@dataclass(frozen=True, kw_only=True)
class ScratchArgs:
    """What `Scratch` needs."""

    capacity_gib: int
    """1200, or a multiple of 2400."""
    throughput_mbps_per_tib: int
    """125, 250, 500 or 1000."""
    subnet_id: pulumi.Input[str]
    """Subnet in the zone of the nodes that use it."""
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    storage_key_arn: pulumi.Input[str]


class Scratch(pulumi.ComponentResource):
    """FSx for Lustre on SSD, encrypted with our key and compressed; not backed up, because it is scratch."""

    file_system_id: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    mount_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: ScratchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:scratch:Scratch", name, None, opts)
        if args.capacity_gib != SMALLEST_GIB and (args.capacity_gib <= 0 or args.capacity_gib % STEP_GIB):
            raise ValueError(f"FSx for Lustre has 1200 GiB or a multiple of 2400, not {args.capacity_gib}")
        if args.throughput_mbps_per_tib not in (125, 250, 500, 1000):
            raise ValueError(
                f"FSx for Lustre gives 125, 250, 500 or 1000 MB/s per TiB, not {args.throughput_mbps_per_tib}"
            )

        security_group = ec2.SecurityGroup(
            f"{name}-sg",
            description="Lustre between its servers and the VPC",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-sg"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        rules: list[pulumi.Resource] = []
        for first, last in LUSTRE_PORTS:
            for direction, rule in (
                ("from", vpc.SecurityGroupIngressRule),
                ("to", vpc.SecurityGroupEgressRule),
            ):
                rules.append(
                    rule(
                        f"{name}-{direction}-{first}",
                        security_group_id=security_group.id,
                        description=f"Lustre {direction} the VPC, the file servers included",
                        ip_protocol="tcp",
                        from_port=first,
                        to_port=last,
                        cidr_ipv4=args.vpc_cidr,
                        opts=pulumi.ResourceOptions(parent=self),
                    )
                )
        file_system = fsx.LustreFileSystem(
            name,
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            storage_capacity=args.capacity_gib,
            per_unit_storage_throughput=args.throughput_mbps_per_tib,
            file_system_type_version="2.15",
            data_compression_type="LZ4",
            automatic_backup_retention_days=0,
            skip_final_backup=True,
            subnet_ids=args.subnet_id,
            security_group_ids=[security_group.id],
            kms_key_id=args.storage_key_arn,
            tags={"Name": name},
            # FSx probes port 988 while it creates the file system, and fails where it is closed.
            opts=pulumi.ResourceOptions(parent=self, depends_on=rules),
        )

        self.file_system_id = file_system.id
        self.dns_name = file_system.dns_name
        self.mount_name = file_system.mount_name
        self.security_group_id = security_group.id
        self.register_outputs(
            {
                "file_system_id": self.file_system_id,
                "dns_name": self.dns_name,
                "mount_name": self.mount_name,
                "security_group_id": self.security_group_id,
            }
        )
