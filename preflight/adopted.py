"""Is the network that the stack file adopts there, and has it room?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.access import ROOT
from preflight.demand import peak_nodes
from preflight.findings import AccountReader, Finding, Level
from stacks.settings import SettingsError
from stacks.terraform_outputs import TerraformStateError
from stacks.terraform_state import SOURCE_KEY, AdoptedNetworkIds, adopted_ids

AREA = "network"
LEAST_FREE = 6
"""Free addresses that EKS wants in each subnet of a cluster: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

PER_NODE = 17
"""A node's own address, and the /28 prefix (16 addresses) for its first pods:
https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html
"""


def network(reader: AccountReader) -> Iterator[Finding]:
    """The adopted VPC and subnets exist, belong together and have free addresses."""
    adopt = reader.settings.network.adopt
    if adopt is None:
        return
    file = f"stacks/Pulumi.{reader.settings.ownership.environment}.yaml"
    try:
        ids = adopted_ids(adopt, file=file, root=ROOT, download=lambda source: _download(reader, source, file))
    except SettingsError as error:
        for fault in error.faults:
            yield Finding(Level.STOP, AREA, fault.key, str(fault), "correct the state, or network.adopt")
        return
    if not reader.ask("ec2", "describe_vpcs", "InvalidVpcID.NotFound", VpcIds=[ids.vpc_id]):
        yield Finding(
            Level.STOP, AREA, ids.vpc_id, "the account has no such VPC in this region", "correct network.adopt"
        )
        return
    yield Finding(Level.FINE, AREA, ids.vpc_id, "exists")
    yield from _subnets(reader, ids)


def _subnets(reader: AccountReader, ids: AdoptedNetworkIds) -> Iterator[Finding]:
    wanted = [*ids.public_subnet_ids, *ids.private_subnet_ids, *ids.database_subnet_ids]
    # By filter, not by id: one unknown id would hide all the others.
    named = [{"Name": "subnet-id", "Values": wanted}]
    found = {each["SubnetId"]: each for each in reader.all("ec2", "describe_subnets", "Subnets", Filters=named)}
    free = 0
    for subnet_id in wanted:
        subnet = found.get(subnet_id)
        if subnet is None:
            yield Finding(
                Level.STOP, AREA, subnet_id, "the account has no such subnet in this region", "correct network.adopt"
            )
            continue
        private = subnet_id in ids.private_subnet_ids
        free += subnet["AvailableIpAddressCount"] if private else 0
        yield _subnet(reader, ids, subnet, private=private)
    if free:
        yield _room(reader, free)


def _subnet(reader: AccountReader, ids: AdoptedNetworkIds, subnet: dict[str, Any], *, private: bool) -> Finding:
    subject, zone, free = subnet["SubnetId"], subnet["AvailabilityZone"], subnet["AvailableIpAddressCount"]
    if subnet["VpcId"] != ids.vpc_id:
        return Finding(
            Level.STOP, AREA, subject, f"belongs to {subnet['VpcId']}, not {ids.vpc_id}", "correct network.adopt"
        )
    if private and zone not in reader.settings.network.zones:
        return Finding(Level.NOTE, AREA, subject, f"is in {zone}, which network.zones does not list")
    if private and free < LEAST_FREE:
        return Finding(
            Level.STOP,
            AREA,
            subject,
            f"{free} free addresses; EKS wants {LEAST_FREE} in each of the cluster's subnets",
            "free some, or adopt another subnet",
        )
    return Finding(Level.FINE, AREA, subject, f"{zone}, {free} free addresses")


def _room(reader: AccountReader, free: int) -> Finding:
    nodes = peak_nodes(reader.settings)
    needed = nodes * PER_NODE
    if free >= needed:
        return Finding(Level.FINE, AREA, "private subnets", f"{free} free addresses for {nodes} nodes at the peak")
    return Finding(
        Level.STOP,
        AREA,
        "private subnets",
        f"{free} free addresses; {nodes} nodes at the peak need {needed} or more ({PER_NODE} each, with their pods)",
        "adopt larger subnets, or lower the groups' max_nodes",
    )


def _download(reader: AccountReader, source: str, file: str) -> str:
    bucket, _, key = source.removeprefix("s3://").partition("/")
    found = reader.ask("s3", "get_object", "NoSuchKey", "NoSuchBucket", Bucket=bucket, Key=key)
    if found is None:
        raise TerraformStateError.of(file, SOURCE_KEY, source, "S3 has no such object")
    return str(found["Body"].read().decode(errors="replace"))
