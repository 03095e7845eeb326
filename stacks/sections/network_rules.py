"""Rules of the section `network`: the address plan fits, and what leads out of it is enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, cast

from components.address_plan import plan_addresses
from stacks.aws_choices import named
from stacks.sections.network import AdoptedIds
from stacks.sections.section import Broken

if TYPE_CHECKING:
    from stacks.settings import Settings

_PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_OWN_KEYS = (
    "vpc_cidr",
    "public_prefix_length",
    "private_prefix_length",
    "database_prefix_length",
    "nat",
    "interface_endpoints",
    "flow_log_retention_days",
)


def zones(settings: Settings) -> Iterator[Broken]:
    """Zones are of the region, each once."""
    network, region = settings.network, settings.aws.region
    for index, zone in enumerate(network.zones):
        if zone[:-1] != region:
            yield Broken(("network", "zones", index), zone, f"not a zone of aws.region '{region}'")


def distinct(settings: Settings) -> Iterator[Broken]:
    """No zone and no endpoint is listed twice."""
    network = settings.network
    for key in ("zones", "interface_endpoints"):
        for name, count in Counter(cast("tuple[str, ...]", getattr(network, key))).items():
            if count > 1:
                yield Broken(("network", key), getattr(network, key), f"'{name}' is listed {count} times")


def own_network(settings: Settings) -> Iterator[Broken]:
    """A network is either built from an address plan or adopted."""
    network = settings.network
    if network.adopt is None:
        if network.vpc_cidr is None:
            yield Broken(
                ("network", "vpc_cidr"),
                None,
                "required: address range of the VPC, such as '10.20.0.0/16', unless network.adopt names a network",
            )
        return
    for key in _OWN_KEYS:
        if key in network.model_fields_set and getattr(network, key) is not None:
            yield Broken(
                ("network", key),
                getattr(network, key),
                "belongs to a VPC of our own, and network.adopt takes an existing one; remove one of the two",
            )


def address_plan(settings: Settings) -> Iterator[Broken]:
    """The subnets of every zone fit into the VPC, whose range is a private one."""
    network = settings.network
    if network.adopt is not None or network.vpc_cidr is None or len(set(network.zones)) != len(network.zones):
        return
    vpc = IPv4Network(network.vpc_cidr)
    if not any(vpc.subnet_of(private) for private in _PRIVATE_RANGES):
        ranges = ", ".join(map(str, _PRIVATE_RANGES))
        yield Broken(("network", "vpc_cidr"), network.vpc_cidr, f"not inside a private range: {ranges}")
    try:
        plan_addresses(
            network.vpc_cidr,
            network.zones,
            network.public_prefix_length,
            network.private_prefix_length,
            network.database_prefix_length,
        )
    except ValueError as figures:
        yield Broken(("network", "vpc_cidr"), network.vpc_cidr, f"the address plan does not fit: {figures}")


def without_nat(settings: Settings) -> Iterator[Broken]:
    """Where no NAT leads out, what the nodes call has an endpoint."""
    network = settings.network
    if network.adopt is not None or network.nat != "none":
        return
    missing = [name for name in named("interface_endpoints_without_nat") if name not in network.interface_endpoints]
    if missing:
        yield Broken(
            ("network", "interface_endpoints"),
            network.interface_endpoints,
            f"with network.nat 'none' nodes cannot start without these as well: {', '.join(missing)}",
        )
    if settings.storage.pull_through:
        yield Broken(
            ("network", "nat"),
            network.nat,
            "storage.pull_through needs a NAT: the first pull of an image goes through the internet",
        )


def adopted_subnets(settings: Settings) -> Iterator[Broken]:
    """A subnet is adopted once, for one purpose."""
    adopted = settings.network.adopt
    if not isinstance(adopted, AdoptedIds):
        return
    uses = Counter([*adopted.public_subnet_ids, *adopted.private_subnet_ids, *adopted.database_subnet_ids])
    for subnet, count in uses.items():
        if count > 1:
            yield Broken(("network", "adopt"), subnet, f"this subnet is listed {count} times; list it once")


RULES = (zones, distinct, own_network, address_plan, without_nat, adopted_subnets)
