"""A stack's networks as a graph: which security groups let in which, and which subnets have a route to the internet.

Groups, subnets and tables are known by URN where the stack has them and by id where it does not. A value that is not
known yet is read from what it comes from, so that previews see the same graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final

from policies.addresses import Network, is_public, network_at
from policies.reading import Properties, Undecided
from policies.references import References
from policies.resources import Resource, Stack

GROUPS: Final = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:eks/cluster:Cluster",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/defaultVpc:DefaultVpc",
)
"""Types that are a security group, or that have one of their own."""
RULES: Final = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
)
GROUP_IDS: Final = ("id", "vpcConfig.clusterSecurityGroupId", "defaultSecurityGroupId")
SUBNETS: Final = ("aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet")
TABLES: Final = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
VPCS: Final = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc")
MAIN_TABLE_IDS: Final = ("mainRouteTableId", "defaultRouteTableId")
GATEWAYS: Final = ("aws:ec2/internetGateway:InternetGateway",)
PREFIX_LISTS: Final = ("aws:ec2/managedPrefixList:ManagedPrefixList",)


@dataclass(frozen=True)
class Door:
    """One rule that lets something into a group."""

    into: frozenset[str]
    networks: tuple[Network, ...] = ()
    groups: frozenset[str] = frozenset()


@dataclass
class Networks:
    """The networks of a stack."""

    stack: Stack
    private: Sequence[Network]
    """Ranges that are not the internet."""
    ends_at: Sequence[str] = ()
    """Names of groups through which nothing gets any further."""
    undecided: list[str] = field(default_factory=list[str])
    """Properties that may have led somewhere and are not known yet."""

    def references(self, resource: Resource, path: str, types: Collection[str], ids: Collection[str]) -> set[str]:
        """Return what a property refers to: one id, or a list of them, at a dotted path.

        Where an id is not known, or is of no resource of the stack, what the property comes from is taken instead.
        """
        return self._references.given(resource, resource.properties, path, path.partition(".")[0], types, ids)

    @cached_property
    def _references(self) -> References:
        return References(self.stack, self.undecided)

    def ways_in(self) -> dict[str, str]:
        """Return the groups that packets from the internet get into, each with the way there in words."""
        ways: dict[str, str] = {}
        doors = list(self._doors())
        for door in doors:
            for network in door.networks:
                if is_public(network, self.private):
                    ways |= {key: f"{network} -> {self.name(key)}" for key in door.into if key not in ways}
        reached = list(ways)
        while reached:
            before = reached.pop()
            if any(fnmatchcase(self.name(before), pattern) for pattern in self.ends_at):
                continue
            for door in doors:
                if before in door.groups or any(self._has_members_in(before, network) for network in door.networks):
                    for key in door.into - ways.keys():
                        ways[key] = f"{ways[before]} -> {self.name(key)}"
                        reached.append(key)
        return ways

    def leads_to_internet(self, subnet: str) -> bool:
        """Say whether a subnet has a route to an internet gateway."""
        resource = self.stack.by_urn.get(subnet)
        if resource is None:
            return False
        if resource.kind == "DefaultSubnet":
            return True
        tables = self._tables_by_subnet.get(subnet) or self._main_tables
        return bool(tables & self._public_tables)

    def name(self, key: str) -> str:
        """Return the logical name of a resource, or the id that stands for it."""
        return self.stack.by_urn[key].name if key in self.stack.by_urn else key

    # -- security groups -------------------------------------------------------------------------------------------

    def _doors(self) -> Iterator[Door]:
        for resource in self.stack.of_type(*GROUPS[:2]):
            into = {resource.urn}
            if resource.kind == "DefaultSecurityGroup":
                into |= self.references(resource, "vpcId", VPCS, ("id",))
            for number in range(self._count(resource, "ingress")):
                yield self._door(resource, resource.properties.inner(f"ingress.{number}"), into)
        for resource in self.stack.of_type(*RULES):
            if resource.kind == "SecurityGroupIngressRule" or resource.properties.text("type") == "ingress":
                into = self._groups(resource, resource.properties, "securityGroupId")
                yield self._door(resource, resource.properties, into)

    def _door(self, resource: Resource, rule: Properties, into: set[str]) -> Door:
        networks: list[Network] = []
        for path in ("cidrIpv4", "cidrIpv6"):
            networks += self._network(rule, path)
        for path in ("cidrBlocks", "ipv6CidrBlocks"):
            for number in range(self._length(rule, path)):
                networks += self._network(rule, f"{path}.{number}")
        for path in ("prefixListIds", "prefixListId"):
            property_ = "ingress" if rule is not resource.properties else path
            lists = self._references.given(resource, rule, path, property_, PREFIX_LISTS, ("id",))
            networks += [network for key in lists for network in self._listed(key)]
        groups: set[str] = set()
        for path in ("securityGroups", "sourceSecurityGroupId", "referencedSecurityGroupId"):
            groups |= self._groups(resource, rule, path)
        return Door(frozenset(into), tuple(networks), frozenset(groups))

    def _groups(self, resource: Resource, rule: Properties, path: str) -> set[str]:
        property_ = path if rule is resource.properties else "ingress"
        return self._references.given(resource, rule, path, property_, GROUPS, GROUP_IDS)

    def _network(self, rule: Properties, path: str) -> list[Network]:
        try:
            network = network_at(rule, path)
        except Undecided as value:
            self.undecided.append(value.path)
            return []
        return [network] if network else []

    def _count(self, resource: Resource, path: str) -> int:
        """Return the length of a list; what is not known and comes from nothing is what AWS will fill in."""
        try:
            return resource.properties.count(path)
        except Undecided as value:
            if resource.property_dependencies.get(path):
                self.undecided.append(value.path)
            return 0

    def _length(self, rule: Properties, path: str) -> int:
        try:
            return rule.count(path)
        except Undecided as value:
            self.undecided.append(value.path)
            return 0

    def _listed(self, key: str) -> Iterator[Network]:
        """Give the ranges of a prefix list, from itself and from entries of their own."""
        resource = self.stack.by_urn.get(key)
        if resource is None:
            return
        for number in range(self._count(resource, "entries")):
            yield from self._network(resource.properties, f"entries.{number}.cidr")
        for entry in self.stack.of_type("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"):
            if key in self.references(entry, "prefixListId", PREFIX_LISTS, ("id",)):
                yield from self._network(entry.properties, "cidr")

    def _has_members_in(self, group: str, network: Network) -> bool:
        """Say whether what is in a group may have an address of a range: it may where its VPC is not known."""
        if is_public(network, self.private):
            return False
        known = [self.stack.by_urn[key] for key in self._vpcs(group) if key in self.stack.by_urn]
        ranges = [range_ for vpc in known for range_ in self._network(vpc.properties, "cidrBlock")]
        return not ranges or any(_overlap(range_, network) for range_ in ranges)

    def _vpcs(self, group: str) -> set[str]:
        resource = self.stack.by_urn.get(group)
        if resource is None:
            return set()
        if resource.type in VPCS:
            return {group}
        if resource.kind == "Cluster":
            subnets = self.references(resource, "vpcConfig.subnetIds", SUBNETS, ("id",)) & self.stack.by_urn.keys()
            return {vpc for key in subnets for vpc in self.references(self.stack.by_urn[key], "vpcId", VPCS, ("id",))}
        return self.references(resource, "vpcId", VPCS, ("id",))

    # -- routes ----------------------------------------------------------------------------------------------------

    @cached_property
    def _tables_by_subnet(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for resource in self.stack.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation"):
            for subnet in self.references(resource, "subnetId", SUBNETS, ("id",)):
                found.setdefault(subnet, set()).update(self._table(resource))
        return found

    @cached_property
    def _main_tables(self) -> set[str]:
        """The tables of subnets without one of their own; of all VPCs, for a stack seldom has two."""
        tables = {resource.urn for resource in self.stack.of_type(*VPCS, "aws:ec2/defaultRouteTable:DefaultRouteTable")}
        for resource in self.stack.of_type("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"):
            tables |= self._table(resource)
        return tables

    @cached_property
    def _public_tables(self) -> set[str]:
        found: set[str] = set()
        for resource in self.stack.of_type("aws:ec2/route:Route"):
            if self._is_to_internet(resource, resource.properties, "gatewayId"):
                found |= self._table(resource)
        for resource in self.stack.of_type(*TABLES):
            for number in range(self._count(resource, "routes")):
                if self._is_to_internet(resource, resource.properties.inner(f"routes.{number}"), "routes"):
                    found.add(resource.urn)
        return found

    def _table(self, resource: Resource) -> set[str]:
        return self.references(resource, "routeTableId", (*TABLES, *VPCS), ("id", *MAIN_TABLE_IDS))

    def _is_to_internet(self, resource: Resource, route: Properties, property_: str) -> bool:
        found = self._references.given(resource, route, "gatewayId", property_, GATEWAYS, ("id",))
        return any(key in self.stack.by_urn or key.startswith("igw-") for key in found)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
