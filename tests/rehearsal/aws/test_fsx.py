"""FSx in the emulated account. Does not prove that a capacity or throughput is one that FSx sells."""

from __future__ import annotations

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create
from tests.rehearsal.aws.round_trip import TAGS, round_trip

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
INPUTS = {
    "deploymentType": "PERSISTENT_2",
    "perUnitStorageThroughput": 250,
    "dataCompressionType": "LZ4",
    "storageCapacity": 1200,
    "storageType": "SSD",
    "securityGroupIds": ["sg-0123456789abcdef0"],
    "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
    "fileSystemTypeVersion": "2.15",
    "tagsAll": TAGS,
}


@pytest.fixture(scope="module")
def subnet(account: Account) -> dict[str, str]:
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    return account.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]


def test_a_lustre_file_system_goes_round(account: Account, subnet: dict[str, str]) -> None:
    inputs = {**INPUTS, "subnetIds": subnet["SubnetId"]}
    made = round_trip(account, LUSTRE, inputs, unread=frozenset({"securityGroupIds"}))
    assert made.outputs["arn"] == f"arn:aws:fsx:us-east-1:111122223333:file-system/{made.id}"
    assert made.outputs["dnsName"] == f"{made.id}.fsx.us-east-1.amazonaws.com"
    assert made.outputs["vpcId"] == subnet["VpcId"]
    assert len(made.outputs["mountName"]) == 8


def test_a_file_system_without_tags_is_created(account: Account, subnet: dict[str, str]) -> None:
    create(account, LUSTRE, "plain", storageCapacity=1200, subnetIds=subnet["SubnetId"])


def test_an_unknown_deployment_type_is_refused(account: Account, subnet: dict[str, str]) -> None:
    inputs = {**INPUTS, "subnetIds": subnet["SubnetId"], "deploymentType": "PERSISTENT_9"}
    with pytest.raises(CloudError, match="PERSISTENT_9"):
        create(account, LUSTRE, "bad", **inputs)
