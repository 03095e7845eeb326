"""An adopted network: nothing is made, and what does not fit together is refused.

Does not prove what the real provider answers for a missing id: its refusal is played by an exception.
"""

from __future__ import annotations

from typing import Any

import pytest

from components.adopted_network import AdoptedNetwork, AdoptedNetworkArgs
from components.network import NetworkOutputs
from tests.components.recorder import Recording, record

SUBNETS = {
    "subnet-1": ("vpc-1", "us-east-1a"),
    "subnet-2": ("vpc-1", "us-east-1b"),
    "subnet-3": ("vpc-1", "us-east-1a"),
    "subnet-9": ("vpc-9", "us-east-1c"),
}


def get_vpc(args: dict[str, Any]) -> dict[str, Any]:
    if args["id"] != "vpc-1":
        raise LookupError("no matching EC2 VPC found")
    return {"id": "vpc-1", "cidrBlock": "10.1.0.0/16"}


def get_subnet(args: dict[str, Any]) -> dict[str, Any]:
    if args["id"] not in SUBNETS:
        raise LookupError("no matching EC2 Subnet found")
    vpc_id, zone = SUBNETS[args["id"]]
    return {"id": args["id"], "vpcId": vpc_id, "availabilityZone": zone}


def adopt(
    *private: str, vpc_id: str = "vpc-1", seen: list[NetworkOutputs] | None = None, preview: bool = False
) -> Recording:
    def build() -> None:
        network = AdoptedNetwork(
            "net",
            AdoptedNetworkArgs(
                vpc_id=vpc_id,
                public_subnet_ids=["subnet-3"],
                private_subnet_ids=private,
                database_subnet_ids=[],
            ),
        )
        if seen is not None:
            seen.append(network)

    invokes = {"aws:ec2/getVpc:getVpc": get_vpc, "aws:ec2/getSubnet:getSubnet": get_subnet}
    return record(build, invokes=invokes, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_an_adopted_network_makes_nothing_and_knows_zones_and_addresses(preview: bool) -> None:
    seen: list[NetworkOutputs] = []
    recording = adopt("subnet-2", "subnet-1", seen=seen, preview=preview)
    assert recording.children() == {("llm-platform:adopted_network:AdoptedNetwork", "net")}
    (network,) = seen
    assert network.cidr == "10.1.0.0/16"
    assert list(network.private_subnet_ids) == ["us-east-1b", "us-east-1a"]
    assert list(network.public_subnet_ids) == ["us-east-1a"]
    assert network.endpoint_security_group_id is None


@pytest.mark.parametrize(
    ("private", "vpc_id", "message"),
    [
        (("subnet-9",), "vpc-1", "adopted private subnet subnet-9 belongs to vpc-9, not to vpc-1"),
        (("subnet-0",), "vpc-1", "adopted private subnet subnet-0 can't be read: .*no matching EC2 Subnet"),
        (("subnet-1",), "vpc-0", "adopted VPC vpc-0 can't be read: .*no matching EC2 VPC"),
        (
            ("subnet-1", "subnet-3"),
            "vpc-1",
            "adopted private subnets subnet-1 and subnet-3 are both in us-east-1a: name one per zone",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_its_id(private: tuple[str, ...], vpc_id: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adopt(*private, vpc_id=vpc_id)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"subnet-9 belongs to vpc-9.*\n.*subnet-0 can't be read"):
        adopt("subnet-9", "subnet-0")
