"""The exact children of the scratch file system, and what of its size FSx takes.

Does not prove that FSx creates it: its network probe is not played.
"""

from __future__ import annotations

import pytest

from components.scratch import Scratch, ScratchArgs
from tests.components.recorder import Recording, record


def recorded(capacity_gib: int = 2400, throughput: int = 250, *, preview: bool = False) -> Recording:
    def build() -> None:
        Scratch(
            "scratch",
            ScratchArgs(
                capacity_gib=capacity_gib,
                throughput_mbps_per_tib=throughput,
                subnet_id="subnet-1",
                vpc_id="vpc-1",
                vpc_cidr="10.20.0.0/16",
                storage_key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
            ),
        )

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_scratch_is_exactly_these_resources(preview: bool) -> None:
    assert recorded(preview=preview).children() == {
        ("llm-platform:scratch:Scratch", "scratch"),
        ("aws:ec2/securityGroup:SecurityGroup", "scratch-sg"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "scratch-from-988"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "scratch-to-988"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "scratch-from-1018"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "scratch-to-1018"),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", "scratch"),
    }


def test_the_file_system_is_encrypted_with_our_key_and_waits_for_its_open_ports() -> None:
    file_system = recorded().one("scratch", "aws:fsx/lustreFileSystem:LustreFileSystem")
    assert file_system.inputs == {
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "storageCapacity": 2400,
        "perUnitStorageThroughput": 250,
        "fileSystemTypeVersion": "2.15",
        "dataCompressionType": "LZ4",
        "automaticBackupRetentionDays": 0,
        "skipFinalBackup": True,
        "subnetIds": "subnet-1",
        "securityGroupIds": ["scratch-sg-id"],
        "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/storage",
        "tags": {"Name": "scratch"},
    }
    assert {
        "scratch-from-988",
        "scratch-to-988",
        "scratch-from-1018",
        "scratch-to-1018",
    } <= set(file_system.dependencies)


@pytest.mark.parametrize(("name", "ports"), [("scratch-from-988", (988, 988)), ("scratch-to-1018", (1018, 1023))])
def test_only_the_ports_of_lustre_are_open_and_only_to_the_vpc(name: str, ports: tuple[int, int]) -> None:
    rule = recorded().one(name).inputs
    assert (rule["fromPort"], rule["toPort"]) == ports
    assert rule["cidrIpv4"] == "10.20.0.0/16"
    assert rule["ipProtocol"] == "tcp"


@pytest.mark.parametrize(
    ("capacity_gib", "throughput", "message"),
    [
        (3600, 250, "1200 GiB or a multiple of 2400, not 3600"),
        (0, 250, "1200 GiB or a multiple of 2400, not 0"),
        (1200, 200, "125, 250, 500 or 1000 MB/s per TiB, not 200"),
    ],
)
def test_sizes_that_fsx_does_not_have_are_refused(capacity_gib: int, throughput: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recorded(capacity_gib, throughput)
