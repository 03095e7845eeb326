"""Every small network is judged, and compared with a search for packets that was written apart from the rule.

A network has a database and one host, each with a group of its own and a subnet. Everything about them is varied: what
each group lets in, whether the route table of each subnet leads to an internet gateway, whether a host has a public
address, and whether the program's ids are known or only what they come from. Whenever the search gets from the internet
to the database, the policy reports the database, and so it does wherever the database's subnet is routed; a network
without anything public in it is never reported.

Does not prove anything about networks of more groups (a property of paths: test_paths_of_any_length), about network
access lists, peering or transit gateways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import pytest

from policies.network_access.no_path_from_internet_to_database import POLICY
from tests.policies.sample import UNKNOWN, Sample, stack_of

INTERNET = "internet"
PUBLIC, PRIVATE = "203.0.113.0/24", "10.40.0.0/16"
SOURCES = ("public", "private", "host", "database")
"""What a group may let in: a public range, the VPC's range, members of either group."""
WAYS = ("rule", "older rule", "inline")
"""Resources that a rule may be written as."""


@dataclass(frozen=True)
class Node:
    """A machine: the database, or the host."""

    lets_in: frozenset[str]
    routed: bool
    """Whether its subnet leads to an internet gateway."""
    addressed: bool = True
    """Whether it has a public address; the database always may have one."""


@dataclass(frozen=True)
class Network:
    """A small network."""

    database: Node
    host: Node
    way: str
    known: bool
    """Whether ids are known; in a preview of what does not exist yet they are not."""


def networks() -> Iterator[Network]:
    subsets = [
        frozenset(s for s, kept in zip(SOURCES, bits, strict=True) if kept) for bits in product((0, 1), repeat=4)
    ]
    nodes = [Node(lets_in, routed) for lets_in, routed in product(subsets, (False, True))]
    hosts = [Node(lets_in, *flags) for lets_in in subsets for flags in product((False, True), repeat=2)]
    for database, host, way, known in product(nodes, hosts, WAYS, (True, False)):
        yield Network(database, host, way, known)


def search(network: Network) -> bool:
    """Follow packets from the internet, hop by hop, and say whether one gets to the database."""
    nodes = {"database": network.database, "host": network.host}
    seen: set[str] = set()
    frontier = [INTERNET]
    while frontier:
        source = frontier.pop()
        for name, node in nodes.items():
            if name not in seen and _passes(source, node):
                seen.add(name)
                frontier.append(name)
    return "database" in seen


def _passes(source: str, node: Node) -> bool:
    if source == INTERNET:
        return node.routed and node.addressed and "public" in node.lets_in
    return bool(node.lets_in & {"private", source})  # both stand in the VPC's range


def stack(network: Network) -> list[Sample]:
    """Return the network as a program registers it."""
    samples = [
        Sample("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": PRIVATE}, {"id": "vpc-1"}),
        Sample("aws:ec2/internetGateway:InternetGateway", "gateway", {}, {"id": "igw-1" if network.known else UNKNOWN}),
    ]
    for name, node in (("database", network.database), ("host", network.host)):
        samples += _subnet(network, name, routed=node.routed)
        samples += _group(network, name, sorted(node.lets_in))
    subnets = Sample(
        "aws:rds/subnetGroup:SubnetGroup",
        "subnets",
        {"subnetIds": [_id(network, "subnet-database")], "name": "subnets"},
        refers={"subnetIds": ["subnet-database"]},
    )
    database = Sample(
        "aws:rds/cluster:Cluster",
        "database",
        {
            "dbSubnetGroupName": "subnets" if network.known else UNKNOWN,
            "vpcSecurityGroupIds": [_id(network, "group-database")],
        },
        refers={"dbSubnetGroupName": ["subnets"], "vpcSecurityGroupIds": ["group-database"]},
    )
    return [*samples, subnets, database]


def _id(network: Network, name: str) -> str:
    return f"id-of-{name}" if network.known else UNKNOWN


def _subnet(network: Network, name: str, *, routed: bool) -> list[Sample]:
    subnet, table = f"subnet-{name}", f"table-{name}"
    samples = [
        Sample("aws:ec2/subnet:Subnet", subnet, {"vpcId": "vpc-1"}, {"id": _id(network, subnet)}),
        Sample("aws:ec2/routeTable:RouteTable", table, {"vpcId": "vpc-1"}, {"id": _id(network, table)}),
        Sample(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            f"association-{name}",
            {"subnetId": _id(network, subnet), "routeTableId": _id(network, table)},
            refers={"subnetId": [subnet], "routeTableId": [table]},
        ),
    ]
    if routed:
        inputs = {"gatewayId": "igw-1" if network.known else UNKNOWN, "routeTableId": _id(network, table)}
        refers = {"gatewayId": ["gateway"], "routeTableId": [table]}
        samples.append(Sample("aws:ec2/route:Route", f"route-{name}", inputs, refers=refers))
    return samples


def _group(network: Network, name: str, sources: Sequence[str]) -> list[Sample]:
    group = f"group-{name}"
    inline, refers = [], {"vpcId": ["vpc"]}
    rules: list[Sample] = []
    for source in sources:
        cidr = {"public": PUBLIC, "private": PRIVATE}.get(source)
        other = f"group-{source}"
        if network.way == "inline":
            inline.append({"cidrBlocks": [cidr]} if cidr else {"securityGroups": [_id(network, other)]})
            refers |= {} if cidr else {"ingress": [*refers.get("ingress", []), other]}
        else:
            rules.append(_rule(network, f"{source}-into-{name}", group, cidr, other))
    inputs: dict[str, Any] = {"vpcId": "vpc-1", **({"ingress": inline} if inline else {})}
    return [
        Sample("aws:ec2/securityGroup:SecurityGroup", group, inputs, {"id": _id(network, group)}, refers=refers),
        *rules,
    ]


def _rule(network: Network, name: str, group: str, cidr: str | None, other: str) -> Sample:
    into, refers = {"securityGroupId": _id(network, group)}, {"securityGroupId": [group]}
    if network.way == "rule":
        inputs = {"cidrIpv4": cidr} if cidr else {"referencedSecurityGroupId": _id(network, other)}
        refers |= {} if cidr else {"referencedSecurityGroupId": [other]}
        return Sample("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, into | inputs, refers=refers)
    older = {"cidrBlocks": [cidr]} if cidr else {"sourceSecurityGroupId": _id(network, other)}
    refers |= {} if cidr else {"sourceSecurityGroupId": [other]}
    inputs = {"type": "ingress", **into, **older}
    return Sample("aws:ec2/securityGroupRule:SecurityGroupRule", name, inputs, refers=refers)


def is_reported(samples: Sequence[Sample]) -> bool:
    judged = POLICY.judge(stack_of(samples), POLICY.configuration())
    assert judged.undecided == ()
    assert all(violation.resource and violation.resource.name == "database" for violation in judged.violations)
    return bool(judged.violations)


def test_all_small_networks() -> None:
    cases = paths = clean = 0
    for network in networks():
        reported = is_reported(stack(network))
        cases += 1
        if search(network):
            paths += 1
            assert reported, network
        if network.database.routed:  # whatever its group lets in: the next rule is all that is missing
            assert reported, network
        public = {"public"} & (network.database.lets_in | network.host.lets_in)
        if not public and not network.database.routed:
            clean += 1
            assert not reported, network

    written = len(WAYS) * 2  # known or not
    # 32 databases: 16 sets of sources, routed or not. 64 hosts: these, with a public address or without.
    assert cases == 32 * 64 * written == 12288
    # Straight in: 8 databases with every host. By one of 8 hosts: 24 databases, 6 of which are counted already.
    assert paths == (8 * 64 + 8 * (24 - 6)) * written == 3936
    # 8 unrouted databases and 32 hosts whose groups let in no public range.
    assert clean == 8 * 32 * written == 1536


@pytest.mark.parametrize("length", range(1, 8))
def test_paths_of_any_length(length: int) -> None:
    chain = [f"hop-{number}" for number in range(length)]
    groups = [*chain, "database"]
    samples = [sample for name in groups for sample in _group(SMALL, name, [])]
    samples += [
        _rule(SMALL, f"{one}-into-{other}", f"group-{other}", None, f"group-{one}") for one, other in pairwise(groups)
    ]
    rest = [each for each in stack(SMALL) if each.name not in {sample.name for sample in samples}]
    from_outside = _rule(SMALL, "in", f"group-{chain[0]}", PUBLIC, "")

    assert not is_reported([*samples, *rest])
    assert is_reported([*samples, *rest, from_outside])


SMALL = Network(Node(frozenset(), routed=False), Node(frozenset(), routed=False), "rule", known=False)
