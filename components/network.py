"""The network: a VPC with public, private and database subnets in each zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, cast

import pulumi
from pulumi_aws import ec2

from components.address_plan import AddressPlan
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs

Nat = Literal["none", "single", "per-zone"]
"""How private subnets reach the internet: not, through one NAT gateway, or through their own zone's."""

SubnetIds = Mapping[str, pulumi.Output[str]]
"""Subnet id by zone, in the order of the zones."""


class NetworkOutputs(Protocol):
    """What the rest of the platform asks of a network, built here or adopted."""

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds
    database_subnet_ids: SubnetIds
    endpoint_security_group_id: pulumi.Output[str] | None
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    """By zone; of an adopted network none, whoever made it watches them."""
    interface_endpoint_ids: Mapping[str, pulumi.Output[str]]
    """By the service's short name; likewise."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What `Network` needs."""

    cidr: str
    addresses: AddressPlan
    """Blocks of the subnets, by zone, from `components.address_plan.plan_addresses`."""
    nat: Nat
    interface_endpoints: Sequence[str]
    """Services with an interface endpoint, by short name: `ecr.api`, `sts`, ..."""
    cluster_name: str
    """Name of the EKS cluster, whose Karpenter finds the private subnets by it."""
    logs_key_arn: pulumi.Input[str]
    flow_log_retention_days: int
    account_id: str
    region: str


class Network(pulumi.ComponentResource):
    """VPC, subnets, gateways and routes, with its endpoints and flow logs; the default security group closed.

    A subnet's id is handed out by its route table association, which in turn waits for the routes: whatever
    is put into a subnet starts after its way out stands, and is gone before that way is taken down.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds
    database_subnet_ids: SubnetIds
    endpoint_security_group_id: pulumi.Output[str] | None
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    interface_endpoint_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:network:Network", name, None, opts)
        self._prefix = name
        self._zones = tuple(args.addresses.private)
        child = pulumi.ResourceOptions(parent=self)

        self._vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private DNS of the interface endpoints needs both
            tags={"Name": f"{name}-vpc"},
            opts=child,
        )
        # Empty on purpose: the provider takes every rule out, and shows one that is added by hand as drift.
        ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=self._vpc.id,
            ingress=[],
            egress=[],
            tags={"Name": f"{name}-closed"},
            opts=child,
        )
        gateway = ec2.InternetGateway(f"{name}-igw", vpc_id=self._vpc.id, tags={"Name": f"{name}-igw"}, opts=child)

        public_table = self._route_table("public")
        to_internet = self._default_route("public", public_table, gateway_id=gateway.id)
        self.public_subnet_ids = self._subnets(
            "public",
            args.addresses.public,
            {"kubernetes.io/role/elb": "1"},
            dict.fromkeys(self._zones, public_table),
            dict.fromkeys(self._zones, to_internet),
        )

        made, gateways = self._nat_gateways(args.nat, gateway)
        # One table per zone, whatever the NAT: another choice of NAT then changes routes, not tables.
        private_tables = {zone: self._route_table(f"private-{zone}") for zone in self._zones}
        self.private_subnet_ids = self._subnets(
            "private",
            args.addresses.private,
            {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": args.cluster_name},
            private_tables,
            {
                zone: self._default_route(f"private-{zone}", private_tables[zone], nat_gateway_id=nat_gateway.id)
                for zone, nat_gateway in gateways.items()
            },
        )
        database_table = self._route_table("database")  # no default route: a database calls nobody
        self.database_subnet_ids = self._subnets(
            "database", args.addresses.database, {}, dict.fromkeys(self._zones, database_table), {}
        )

        endpoints = VpcEndpoints(
            f"{name}-endpoints",
            VpcEndpointsArgs(
                vpc_id=self._vpc.id,
                vpc_cidr=args.cidr,
                region=args.region,
                services=args.interface_endpoints,
                subnet_ids=list(self.private_subnet_ids.values()),
                route_table_ids=[table.id for table in (*private_tables.values(), database_table)],
            ),
            child,
        )
        FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                vpc_id=self._vpc.id,
                platform=args.cluster_name,
                logs_key_arn=args.logs_key_arn,
                retention_days=args.flow_log_retention_days,
                account_id=args.account_id,
                region=args.region,
            ),
            child,
        )

        self.vpc_id = self._vpc.id
        self.cidr = args.cidr
        self.endpoint_security_group_id = endpoints.security_group_id
        self.nat_gateway_ids = {zone: gateway.id for zone, gateway in made.items()}
        self.interface_endpoint_ids = endpoints.interface_endpoint_ids
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "cidr": self.cidr,
                "public_subnet_ids": dict(self.public_subnet_ids),
                "private_subnet_ids": dict(self.private_subnet_ids),
                "database_subnet_ids": dict(self.database_subnet_ids),
                "endpoint_security_group_id": self.endpoint_security_group_id,
            }
        )

    def _route_table(self, kind: str) -> ec2.RouteTable:
        name = f"{self._prefix}-{kind}"
        return ec2.RouteTable(name, vpc_id=self._vpc.id, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self))

    def _default_route(
        self,
        kind: str,
        table: ec2.RouteTable,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> ec2.Route:
        return ec2.Route(
            f"{self._prefix}-{kind}-default",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _subnets(
        self,
        kind: str,
        blocks: Mapping[str, str],
        tags: Mapping[str, str],
        tables: Mapping[str, ec2.RouteTable],
        routes: Mapping[str, ec2.Route],
    ) -> dict[str, pulumi.Output[str]]:
        subnet_ids: dict[str, pulumi.Output[str]] = {}
        for zone, block in blocks.items():
            name = f"{self._prefix}-{kind}-{zone}"
            subnet = ec2.Subnet(
                name,
                vpc_id=self._vpc.id,
                availability_zone=zone,
                cidr_block=block,
                map_public_ip_on_launch=False,
                tags={"Name": name, **tags},
                opts=pulumi.ResourceOptions(parent=self),
            )
            association = ec2.RouteTableAssociation(
                name,
                subnet_id=subnet.id,
                route_table_id=tables[zone].id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[routes[zone]] if zone in routes else []),
            )
            # Optional only because an association may name a gateway instead; this one names a subnet.
            subnet_ids[zone] = cast("pulumi.Output[str]", association.subnet_id)
        return subnet_ids

    def _nat_gateways(
        self, nat: Nat, gateway: ec2.InternetGateway
    ) -> tuple[dict[str, ec2.NatGateway], dict[str, ec2.NatGateway]]:
        """Make the NAT gateways; return them by their own zone, and by the zones whose private subnet uses them."""
        homes = {"none": (), "single": self._zones[:1], "per-zone": self._zones}[nat]
        made: dict[str, ec2.NatGateway] = {}
        for zone in homes:
            name = f"{self._prefix}-nat-{zone}"
            after_gateway = pulumi.ResourceOptions(parent=self, depends_on=[gateway])
            address = ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=after_gateway)
            made[zone] = ec2.NatGateway(
                name,
                subnet_id=self.public_subnet_ids[zone],
                allocation_id=address.allocation_id,
                connectivity_type="public",
                tags={"Name": name},
                opts=after_gateway,
            )
        return made, {zone: made.get(zone, made[homes[0]]) for zone in self._zones} if homes else {}
