"""What EC2 refuses in networks: address blocks, zones, gateways, routes."""

from __future__ import annotations

from rehearsal.checks import facts
from rehearsal.checks.addresses import block, problem
from rehearsal.checks.reading import is_absent, is_set, of, text, texts, truth
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
ROUTE, ENDPOINT, FLOW_LOG = (
    "aws:ec2/route:Route",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/flowLog:FlowLog",
)
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SECOND_BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
WIDEST, NARROWEST = 16, 28


@rule(VPC, SUBNET, source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html")
def block_size(r: Registration, _: World) -> Broken:
    """A VPC's and a subnet's block is canonical and between /16 and /28."""
    for at, value in texts(r, "cidrBlock"):
        wrong = problem(value)
        network = block(value)
        if wrong:
            yield at, wrong
        elif network and not WIDEST <= network.prefixlen <= NARROWEST:
            yield at, f"{value} has a prefix of /{network.prefixlen}; allowed: /{WIDEST} to /{NARROWEST}"
    if is_absent(r, "cidrBlock") and is_absent(r, "ipv4IpamPoolId") and truth(r, "ipv6Native") is not True:
        yield "cidrBlock", "is missing, and no address pool is named"


@rule(SUBNET, source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html")
def subnet_in_vpc(r: Registration, world: World) -> Broken:
    """A subnet lies in its VPC and overlaps none of the VPC's subnets."""
    vpc, network = text(r, "vpcId"), block(text(r, "cidrBlock"))
    if vpc is None or network is None:
        return
    owners = [owner for owner in (world.find(vpc, VPC),) if owner]
    owners += [block_ for block_ in world.of_type(SECOND_BLOCK) if of(block_.outputs, "vpcId") == vpc] if owners else []
    outer = [block(of(owner.outputs, "cidrBlock")) for owner in owners]
    if outer and not any(found is None or network.subnet_of(found) for found in outer):
        yield "cidrBlock", f"{network} lies outside the VPC's {' and '.join(map(str, outer))}"
    for other in world.of_type(SUBNET):
        taken = block(of(other.outputs, "cidrBlock"))
        if taken and of(other.outputs, "vpcId") == vpc and taken.overlaps(network):
            yield "cidrBlock", f"{network} overlaps {taken} of subnet {other.registration.name}"


@rule(
    SUBNET,
    "aws:ec2/dedicatedHost:DedicatedHost",
    "aws:ec2/instance:Instance",
    "aws:rds/clusterInstance:ClusterInstance",
    source=facts.source("zone_letters"),
)
def zone_in_region(r: Registration, world: World) -> Broken:
    """A zone is one of the stack's region."""
    letters = facts.values("zone_letters").get(world.region, "abcdef")
    zones = tuple(world.region + letter for letter in letters)
    for at, zone in texts(r, "availabilityZone"):
        # Local and Wavelength Zones (us-east-1-bos-1a) come and go, and an account has to opt in.
        if zone not in zones and not zone.startswith(f"{world.region}-"):
            yield at, one_of(zone, zones)


@rule(
    "aws:ec2/internetGateway:InternetGateway",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
)
def one_gateway(r: Registration, world: World) -> Broken:
    """A VPC has one internet gateway."""
    for at, vpc in texts(r, "vpcId"):
        for other in world.of_type(r.type):
            if of(other.outputs, "vpcId") == vpc:
                yield at, f"{vpc} has an internet gateway already: {other.registration.name}"


@rule(
    "aws:ec2/natGateway:NatGateway",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html",
)
def nat_address(r: Registration, world: World) -> Broken:
    """A public NAT gateway has an address of its own; a private one has none."""
    private = text(r, "connectivityType") == "private"
    if private and is_set(r, "allocationId"):
        yield "allocationId", "a private NAT gateway takes no address"
    if not private and is_absent(r, "allocationId") and is_absent(r, "availabilityZoneAddresses"):
        yield "allocationId", "a public NAT gateway needs an address"
    for at, address in texts(r, "allocationId"):
        for other in world.of_type(r.type):
            if of(other.outputs, "allocationId") == address:
                yield at, f"{address} belongs to NAT gateway {other.registration.name}"


_TARGETS = (
    "carrierGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "gatewayId",
    "localGatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)
_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")


@rule(ROUTE, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html")
def route_ends(r: Registration, world: World) -> Broken:
    """A route has one destination and one target, and its table has no other route to that destination."""
    for names, noun in ((_DESTINATIONS, "destination"), (_TARGETS, "target")):
        yield from exactly_one(r, names, f"the {noun} of a route")
    table = text(r, "routeTableId")
    for at, destination in texts(r, "destinationCidrBlock"):
        wrong = problem(destination)
        if wrong:
            yield at, wrong
        for other in world.of_type(ROUTE):
            if table and (of(other.outputs, "routeTableId"), of(other.outputs, at)) == (table, destination):
                yield at, f"{table} has a route to {destination} already: {other.registration.name}"
    gateway = text(r, "gatewayId")
    if table and gateway and differ(vpc_of(table, world), vpc_of(gateway, world)):
        yield "gatewayId", f"route table {table} and gateway {gateway} belong to different VPCs"


@rule(ASSOCIATION, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html")
def one_table(r: Registration, world: World) -> Broken:
    """A subnet has one route table, of its own VPC."""
    if is_absent(r, "subnetId") and is_absent(r, "gatewayId"):
        yield "subnetId", "is missing, and so is gatewayId"
    subnet, table = text(r, "subnetId"), text(r, "routeTableId")
    if subnet is None:
        return
    for other in world.of_type(ASSOCIATION):
        if of(other.outputs, "subnetId") == subnet:
            yield "subnetId", f"{subnet} has a route table already: {other.registration.name}"
    if table and differ(vpc_of(subnet, world), vpc_of(table, world)):
        yield "subnetId", f"subnet {subnet} and route table {table} belong to different VPCs"


def vpc_of(identifier: str, world: World) -> str | None:
    """Return the VPC of a thing by its id, where it is known."""
    if identifier.startswith("vpc-"):
        return identifier
    found = world.by_id(identifier)
    vpc = of(found.outputs, "vpcId") if found else None
    return vpc if isinstance(vpc, str) else None


def zone_of(subnet: str, world: World) -> str | None:
    """Return the zone of a subnet by its id, where it is known."""
    found = world.find(subnet, SUBNET)
    zone = of(found.outputs, "availabilityZone") if found else None
    return zone if isinstance(zone, str) else None


def differ(one: str | None, other: str | None) -> bool:
    """Say whether two things are known to be in different VPCs."""
    return bool(one and other and one != other)
