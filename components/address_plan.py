"""The address plan: which subnet of a VPC each zone gets, as a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

SMALLEST_PREFIX, LARGEST_PREFIX = 16, 28
"""Amazon VPC takes blocks from /16 to /28, for the VPC and for each subnet.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""


@dataclass(frozen=True)
class AddressPlan:
    """CIDR block per zone, for each of the three kinds of subnet."""

    public: dict[str, str]
    private: dict[str, str]
    database: dict[str, str]


def plan_addresses(
    vpc_cidr: str,
    zones: Sequence[str],
    public_prefix_length: int = 24,
    private_prefix_length: int = 19,
    database_prefix_length: int = 24,
) -> AddressPlan:
    """Lay out a public, a private and a database subnet per zone.

    Private subnets fill the VPC from its first address upwards. Public and database subnets share a slot per
    zone, and slots fill the VPC from its last address downwards. A zone's blocks depend on its position
    alone, so a zone appended to the list moves no other; what lies between is free for it.
    Raises ValueError, with the figures, when the subnets do not fit.
    """
    vpc = IPv4Network(vpc_cidr)
    lengths = {
        "VPC": vpc.prefixlen,
        "public": public_prefix_length,
        "private": private_prefix_length,
        "database": database_prefix_length,
    }
    for kind, length in lengths.items():
        if not SMALLEST_PREFIX <= length <= LARGEST_PREFIX:
            raise ValueError(f"{kind} prefix length /{length} is outside /{SMALLEST_PREFIX} to /{LARGEST_PREFIX}")
    if not zones:
        raise ValueError("an address plan needs at least one zone")
    if len(set(zones)) != len(zones):
        raise ValueError(f"a zone is listed twice: {', '.join(zones)}")

    private_size = 2 ** (32 - private_prefix_length)
    half_slot = 2 ** (32 - min(public_prefix_length, database_prefix_length))
    needed = len(zones) * (private_size + 2 * half_slot)
    if needed > vpc.num_addresses:
        raise ValueError(
            f"{vpc} has {vpc.num_addresses} addresses, but {len(zones)} zones need {needed}: in each "
            f"{private_size} for a private /{private_prefix_length}, and {2 * half_slot} for a public "
            f"/{public_prefix_length} and a database /{database_prefix_length} side by side"
        )

    first, end = int(vpc.network_address), int(vpc.broadcast_address) + 1
    plan = AddressPlan(public={}, private={}, database={})
    for index, zone in enumerate(zones):
        slot = end - (index + 1) * 2 * half_slot
        plan.private[zone] = _block(first + index * private_size, private_prefix_length)
        plan.public[zone] = _block(slot, public_prefix_length)
        plan.database[zone] = _block(slot + half_slot, database_prefix_length)
    return plan


def _block(address: int, prefix_length: int) -> str:
    return str(IPv4Network((address, prefix_length)))
