"""Networks in the emulated account. Does not prove that packets would find their way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.plan import Resource
from tests.rehearsal.aws.life import create, delete, differences, translator
from tests.rehearsal.aws.network_pieces import security_group, subnet, vpc
from tests.rehearsal.aws.round_trip import TAGS, round_trip

NOTHING = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def network(account: Account) -> Resource:
    return vpc(account, "network")


@pytest.fixture(scope="module")
def room(account: Account, network: Resource) -> Resource:
    return subnet(account, network, "room")


@pytest.fixture(scope="module")
def table(account: Account, network: Resource) -> Resource:
    return create(account, "aws:ec2/routeTable:RouteTable", "table", vpcId=network.id, tagsAll=TAGS)


def _count(account: Account, operation: str, result: str) -> int:
    return len(account.call("ec2", operation)[result])


@pytest.mark.parametrize("dns", [True, False])
def test_a_vpc_goes_round_and_leaves_nothing(account: Account, dns: bool) -> None:
    kinds = {"describe_vpcs": "Vpcs", "describe_network_acls": "NetworkAcls"}
    kinds |= {"describe_route_tables": "RouteTables", "describe_security_groups": "SecurityGroups"}
    before = {kind: _count(account, kind, result) for kind, result in kinds.items()}
    made = round_trip(
        account,
        "aws:ec2/vpc:Vpc",
        {
            "cidrBlock": "10.1.0.0/16",
            "instanceTenancy": "default",
            "enableDnsSupport": True,
            "enableDnsHostnames": dns,
            "tagsAll": TAGS,
        },
    )
    assert made.outputs["arn"] == f"arn:aws:ec2:us-east-1:111122223333:vpc/{made.id}"
    assert made.outputs["mainRouteTableId"].startswith("rtb-")
    assert made.outputs["defaultSecurityGroupId"].startswith("sg-")
    assert before == {kind: _count(account, kind, result) for kind, result in kinds.items()}


@pytest.mark.parametrize("public", [True, False])
def test_a_subnet_goes_round(account: Account, network: Resource, public: bool) -> None:
    inputs = {
        "vpcId": network.id,
        "cidrBlock": "10.0.8.0/24",
        "availabilityZone": "us-east-1b",
        "mapPublicIpOnLaunch": public,
        "tagsAll": TAGS,
    }
    made = round_trip(account, "aws:ec2/subnet:Subnet", inputs)
    assert made.outputs["availabilityZoneId"] == "use1-az1"


def test_a_subnet_outside_its_vpc_is_refused(account: Account, network: Resource) -> None:
    with pytest.raises(CloudError, match=r"InvalidSubnet\.Range"):
        subnet(account, network, "outside", cidr="10.7.0.0/24")


def test_an_internet_gateway_goes_round(account: Account, network: Resource) -> None:
    round_trip(account, "aws:ec2/internetGateway:InternetGateway", {"vpcId": network.id, "tagsAll": TAGS})


def test_an_address_goes_round(account: Account) -> None:
    made = round_trip(account, "aws:ec2/eip:Eip", {"domain": "vpc", "tagsAll": TAGS})
    assert made.outputs["allocationId"] == made.id
    assert made.outputs["publicIp"]


def test_a_nat_gateway_goes_round_and_takes_its_interface_along(account: Account, room: Resource) -> None:
    address = create(account, "aws:ec2/eip:Eip", "nat", domain="vpc")
    before = _count(account, "describe_network_interfaces", "NetworkInterfaces")
    made = round_trip(
        account,
        "aws:ec2/natGateway:NatGateway",
        {"subnetId": room.id, "allocationId": address.id, "tagsAll": TAGS},
    )
    assert made.outputs["publicIp"] == address.outputs["publicIp"]
    assert _count(account, "describe_network_interfaces", "NetworkInterfaces") == before
    delete(account, address)


def test_a_route_table_goes_round(account: Account, network: Resource) -> None:
    round_trip(account, "aws:ec2/routeTable:RouteTable", {"vpcId": network.id, "tagsAll": TAGS})


def test_routes_inside_a_table_are_not_translated(account: Account, network: Resource) -> None:
    routes = [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]
    with pytest.raises(NotEmulatedError, match=r"use aws\.ec2\.Route$"):
        create(account, "aws:ec2/routeTable:RouteTable", "inline", vpcId=network.id, routes=routes)


def test_a_route_has_the_providers_id(account: Account, network: Resource, table: Resource) -> None:
    gateway = create(account, "aws:ec2/internetGateway:InternetGateway", "out", vpcId=network.id)
    inputs = {
        "routeTableId": table.id,
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": gateway.id,
    }
    assert round_trip(account, "aws:ec2/route:Route", inputs).id == f"r-{table.id}1080289494"
    delete(account, gateway)


def test_a_route_that_leads_elsewhere_is_a_difference(
    account: Account, network: Resource, room: Resource, table: Resource
) -> None:
    gateway = create(account, "aws:ec2/internetGateway:InternetGateway", "out", vpcId=network.id)
    address = create(account, "aws:ec2/eip:Eip", "elsewhere", domain="vpc")
    nat = create(account, "aws:ec2/natGateway:NatGateway", "nat", subnetId=room.id, allocationId=address.id)
    destination = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0"}
    route = create(account, "aws:ec2/route:Route", "route", **destination, gatewayId=gateway.id)
    account.call(
        "ec2",
        "replace_route",
        RouteTableId=table.id,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=nat.id,
    )
    assert differences(account, route) == {"gatewayId": (gateway.id, None)}
    for made in (route, nat, address, gateway):
        delete(account, made)


def test_an_association_goes_round(account: Account, room: Resource, table: Resource) -> None:
    inputs = {"routeTableId": table.id, "subnetId": room.id}
    type_ = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    assert round_trip(account, type_, inputs).id.startswith("rtbassoc-")


def test_a_gateway_endpoint_goes_round(account: Account, network: Resource, table: Resource) -> None:
    inputs = {
        "vpcId": network.id,
        "serviceName": "com.amazonaws.us-east-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": [table.id],
        "policy": NOTHING,
        "tagsAll": TAGS,
    }
    made = round_trip(account, "aws:ec2/vpcEndpoint:VpcEndpoint", inputs)
    assert made.outputs["prefixListId"].startswith("pl-")


def test_an_interface_endpoint_goes_round(account: Account, network: Resource, room: Resource) -> None:
    group = security_group(account, network, "endpoints")
    inputs = {
        "vpcId": network.id,
        "serviceName": "com.amazonaws.us-east-1.ecr.api",
        "vpcEndpointType": "Interface",
        "subnetIds": [room.id],
        "securityGroupIds": [group.id],
        "privateDnsEnabled": True,
        "tagsAll": TAGS,
    }
    made = round_trip(account, "aws:ec2/vpcEndpoint:VpcEndpoint", inputs)
    assert made.outputs["dnsEntries"][0]["dnsName"].startswith(made.id)
    delete(account, group)


def _flow_log(network: Resource, group: str) -> dict[str, Any]:
    return {
        "vpcId": network.id,
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": f"arn:aws:logs:us-east-1:111122223333:log-group:{group}",
        "iamRoleArn": "arn:aws:iam::111122223333:role/flow-logs",
        "maxAggregationInterval": 60,
        "tagsAll": TAGS,
    }


def test_a_flow_log_goes_round(account: Account, network: Resource) -> None:
    account.call("logs", "create_log_group", logGroupName="/aws/vpc/flow-logs")
    round_trip(account, "aws:ec2/flowLog:FlowLog", _flow_log(network, "/aws/vpc/flow-logs"))


def test_a_flow_log_that_aws_lists_as_unsuccessful_is_refused(account: Account, network: Resource) -> None:
    inputs = {**_flow_log(network, "/aws/vpc/flow-logs"), "logDestinationType": "s3"}
    inputs |= {"logDestination": "arn:aws:s3:::no-such-bucket-at-all", "iamRoleArn": None}
    with pytest.raises(CloudError, match="create_flow_logs"):
        create(account, "aws:ec2/flowLog:FlowLog", "to nowhere", **inputs)


def test_ids_come_from_type_and_name(account: Account, network: Resource) -> None:
    first = subnet(account, network, "same", cidr="10.0.20.0/24")
    delete(account, first)
    second = subnet(account, network, "same", cidr="10.0.21.0/24")
    assert first.id == second.id
    delete(account, second)


def test_what_is_gone_reads_as_none(account: Account, network: Resource) -> None:
    gone = subnet(account, network, "gone", cidr="10.0.30.0/24")
    account.call("ec2", "delete_subnet", SubnetId=gone.id)
    assert translator("aws:ec2/subnet:Subnet").read(account, gone) is None


def test_a_dual_stack_network_goes_round(account: Account) -> None:
    outer = create(account, "aws:ec2/vpc:Vpc", "six", cidrBlock="10.66.0.0/16", assignGeneratedIpv6CidrBlock=True)
    assert differences(account, outer) == {}
    inner = {
        "vpcId": outer.id,
        "cidrBlock": "10.66.0.0/24",
        "ipv6CidrBlock": outer.outputs["ipv6CidrBlock"].replace("/56", "/64"),
        "assignIpv6AddressOnCreation": True,
        "availabilityZone": "us-east-1f",
    }
    assert round_trip(account, "aws:ec2/subnet:Subnet", inner).outputs["ipv6CidrBlockAssociationId"]
    delete(account, outer)


def test_a_further_block_of_a_vpc_goes_round(account: Account, network: Resource) -> None:
    association = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    round_trip(account, association, {"vpcId": network.id, "cidrBlock": "100.64.0.0/16"})


def test_a_zone_that_moto_lacks_is_the_emulator_s_limit(account: Account, network: Resource) -> None:
    inputs = {"vpcId": network.id, "cidrBlock": "10.0.40.0/24", "availabilityZone": "us-east-1-bos-1a"}
    with pytest.raises(NotEmulatedError, match="moto's list of zones lacks us-east-1-bos-1a"):
        create(account, "aws:ec2/subnet:Subnet", "local", **inputs)


def test_a_flow_log_of_a_subnet_reads_back_its_subnet(account: Account, room: Resource) -> None:
    account.call("s3", "create_bucket", Bucket="llm-platform-flows")
    inputs = {"subnetId": room.id, "trafficType": "REJECT", "logDestinationType": "s3"}
    bucket = "arn:aws:s3:::llm-platform-flows"
    round_trip(account, "aws:ec2/flowLog:FlowLog", {**inputs, "logDestination": bucket})
    with pytest.raises(NotEmulatedError, match="folder"):
        create(account, "aws:ec2/flowLog:FlowLog", "folder", **inputs, logDestination=f"{bucket}/flows/")


def test_a_flow_log_of_a_transit_gateway_is_not_translated(account: Account) -> None:
    with pytest.raises(NotEmulatedError, match="transit gateway"):
        create(account, "aws:ec2/flowLog:FlowLog", "transit", transitGatewayId="tgw-1", trafficType="ALL")
