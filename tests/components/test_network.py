"""The exact children of a network, its endpoints and flow logs, and the order they stand in.

Does not prove that EC2 accepts them, nor that a packet finds its way.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.address_plan import plan_addresses
from components.network import Nat, Network, NetworkArgs
from tests.components.recorder import Recording, record

ZONES = ("us-east-1a", "us-east-1b")


def recorded(
    nat: Nat = "single", *, services: tuple[str, ...] = ("ecr.api", "sts"), preview: bool = False
) -> Recording:
    def build() -> None:
        Network(
            "net",
            NetworkArgs(
                cidr="10.20.0.0/16",
                addresses=plan_addresses("10.20.0.0/16", ZONES),
                nat=nat,
                interface_endpoints=services,
                cluster_name="llm-platform-dev",
                logs_key_arn="arn:aws:kms:us-east-1:111122223333:key/logs",
                flow_log_retention_days=30,
                account_id="111122223333",
                region="us-east-1",
            ),
        )

    return record(build, preview=preview)


def subnets_of(zone: str) -> set[tuple[str, str]]:
    return {
        (type_, f"net-{kind}-{zone}")
        for kind in ("public", "private", "database")
        for type_ in ("aws:ec2/subnet:Subnet", "aws:ec2/routeTableAssociation:RouteTableAssociation")
    }


def nat_of(zone: str) -> set[tuple[str, str]]:
    return {("aws:ec2/eip:Eip", f"net-nat-{zone}"), ("aws:ec2/natGateway:NatGateway", f"net-nat-{zone}")}


CHILDREN = {
    ("llm-platform:network:Network", "net"),
    ("aws:ec2/vpc:Vpc", "net-vpc"),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default"),
    ("aws:ec2/internetGateway:InternetGateway", "net-igw"),
    ("aws:ec2/routeTable:RouteTable", "net-public"),
    ("aws:ec2/route:Route", "net-public-default"),
    ("aws:ec2/routeTable:RouteTable", "net-private-us-east-1a"),
    ("aws:ec2/routeTable:RouteTable", "net-private-us-east-1b"),
    ("aws:ec2/routeTable:RouteTable", "net-database"),
    ("llm-platform:vpc_endpoints:VpcEndpoints", "net-endpoints"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "net-endpoints-s3"),
    ("llm-platform:flow_logs:FlowLogs", "net-flow-logs"),
    ("aws:cloudwatch/logGroup:LogGroup", "net-flow-logs-group"),
    ("aws:iam/role:Role", "net-flow-logs-role"),
    ("aws:iam/rolePolicy:RolePolicy", "net-flow-logs-write"),
    ("aws:ec2/flowLog:FlowLog", "net-flow-logs-vpc"),
} | {pair for zone in ZONES for pair in subnets_of(zone)}
INTERFACE_ENDPOINTS = {
    ("aws:ec2/securityGroup:SecurityGroup", "net-endpoints-sg"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "net-endpoints-https"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "net-endpoints-ecr-api"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "net-endpoints-sts"),
}
PRIVATE_ROUTES = {("aws:ec2/route:Route", f"net-private-{zone}-default") for zone in ZONES}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("nat", "extra"),
    [
        ("none", set[tuple[str, str]]()),
        ("single", nat_of("us-east-1a") | PRIVATE_ROUTES),
        ("per-zone", nat_of("us-east-1a") | nat_of("us-east-1b") | PRIVATE_ROUTES),
    ],
)
def test_a_network_is_exactly_these_resources(nat: Nat, extra: set[tuple[str, str]], preview: bool) -> None:
    assert recorded(nat, preview=preview).children() == CHILDREN | INTERFACE_ENDPOINTS | extra


def test_without_interface_endpoints_there_is_only_the_gateway_of_s3() -> None:
    assert recorded("none", services=()).children() == CHILDREN


@pytest.mark.parametrize(
    ("nat", "gateways"),
    [
        ("single", {"us-east-1a": "net-nat-us-east-1a-id", "us-east-1b": "net-nat-us-east-1a-id"}),
        ("per-zone", {"us-east-1a": "net-nat-us-east-1a-id", "us-east-1b": "net-nat-us-east-1b-id"}),
    ],
)
def test_each_private_subnet_leaves_through_its_nat_gateway(nat: Nat, gateways: dict[str, str]) -> None:
    recording = recorded(nat)
    for zone, gateway in gateways.items():
        assert recording.one(f"net-private-{zone}-default").inputs == {
            "routeTableId": f"net-private-{zone}-id",
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": gateway,
        }
        association = recording.one(f"net-private-{zone}", "aws:ec2/routeTableAssociation:RouteTableAssociation")
        assert association.inputs["routeTableId"] == f"net-private-{zone}-id"
        assert f"net-private-{zone}-default" in association.dependencies


def test_database_subnets_have_no_way_out() -> None:
    recording = recorded()
    for zone in ZONES:
        association = recording.one(f"net-database-{zone}", "aws:ec2/routeTableAssociation:RouteTableAssociation")
        assert association.inputs["routeTableId"] == "net-database-id"
    assert "net-database-id" not in {r.inputs["routeTableId"] for r in recording.of_type("aws:ec2/route:Route")}


def test_nat_gateways_wait_for_the_internet_gateway_and_the_public_route() -> None:
    nat = recorded().one("net-nat-us-east-1a", "aws:ec2/natGateway:NatGateway")
    assert {"net-igw", "net-public-us-east-1a"} <= set(nat.dependencies)
    assert nat.inputs["subnetId"] == "net-public-us-east-1a-id"
    assert nat.inputs["connectivityType"] == "public"


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("public", {"kubernetes.io/role/elb": "1"}),
        (
            "private",
            {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "llm-platform-dev"},
        ),
        ("database", {}),
    ],
)
def test_subnets_carry_the_tags_that_load_balancers_and_karpenter_look_for(kind: str, tags: dict[str, str]) -> None:
    name = f"net-{kind}-us-east-1b"
    block = getattr(plan_addresses("10.20.0.0/16", ZONES), kind)["us-east-1b"]
    assert recorded().one(name, "aws:ec2/subnet:Subnet").inputs == {
        "vpcId": "net-vpc-id",
        "availabilityZone": "us-east-1b",
        "cidrBlock": block,
        "mapPublicIpOnLaunch": False,
        "tags": {"Name": name, **tags},
    }


def test_the_default_security_group_is_closed() -> None:
    inputs = recorded().one("net-default").inputs
    assert inputs["ingress"] == []
    assert inputs["egress"] == []
    assert inputs["vpcId"] == "net-vpc-id"


def test_interface_endpoints_answer_https_from_the_vpc_only() -> None:
    recording = recorded()
    endpoint = recording.one("net-endpoints-ecr-api")
    assert endpoint.inputs == {
        "vpcId": "net-vpc-id",
        "serviceName": "com.amazonaws.us-east-1.ecr.api",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
        "securityGroupIds": ["net-endpoints-sg-id"],
        "tags": {"Name": "net-endpoints-ecr.api"},
    }
    assert "net-endpoints-https" in endpoint.dependencies
    assert recording.one("net-endpoints-https").inputs == {
        "securityGroupId": "net-endpoints-sg-id",
        "description": "HTTPS from the VPC",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.20.0.0/16",
    }


def test_s3_is_reached_through_its_gateway_from_every_private_and_database_subnet() -> None:
    inputs = recorded().one("net-endpoints-s3").inputs
    assert inputs["vpcEndpointType"] == "Gateway"
    assert set(inputs["routeTableIds"]) == {
        "net-private-us-east-1a-id",
        "net-private-us-east-1b-id",
        "net-database-id",
    }


def test_flow_logs_take_all_traffic_into_an_encrypted_log_group() -> None:
    recording = recorded()
    group = recording.one("net-flow-logs-group").inputs
    assert group["name"] == "/aws/vpc/llm-platform-dev/flow-logs"
    assert group["kmsKeyId"] == "arn:aws:kms:us-east-1:111122223333:key/logs"
    assert group["retentionInDays"] == 30
    flow_log = recording.one("net-flow-logs-vpc")
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["vpcId"] == "net-vpc-id"
    assert "net-flow-logs-write" in flow_log.dependencies
    trust: dict[str, Any] = json.loads(recording.one("net-flow-logs-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_children_belong_to_their_component() -> None:
    recording = recorded()
    assert recording.one("net-vpc").parent == "net"
    assert recording.one("net-endpoints-s3").parent == "net-endpoints"
    assert recording.one("net-flow-logs-vpc").parent == "net-flow-logs"


def test_whoever_uses_a_private_subnet_waits_for_its_route() -> None:
    def build() -> None:
        network = Network(
            "net",
            NetworkArgs(
                cidr="10.20.0.0/16",
                addresses=plan_addresses("10.20.0.0/16", ZONES),
                nat="single",
                interface_endpoints=(),
                cluster_name="llm-platform-dev",
                logs_key_arn="arn:aws:kms:us-east-1:111122223333:key/logs",
                flow_log_retention_days=30,
                account_id="111122223333",
                region="us-east-1",
            ),
        )
        pulumi.CustomResource("test:index:User", "user", {"subnetId": network.private_subnet_ids["us-east-1a"]})

    recording = record(build)
    assert "net-private-us-east-1a" in recording.one("user").dependencies
    assert recording.one("user").inputs == {"subnetId": "net-private-us-east-1a-id"}
