"""The network itself: VPC and subnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.ec2_description import described, identity, standing, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:ec2/vpc:Vpc")
class Vpc(Emulated):
    """A VPC with its DNS attributes, which the API sets one at a time."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the VPC, then set its attributes."""
        parameters = given(inputs, CidrBlock="cidrBlock", InstanceTenancy="instanceTenancy")
        vpc = aws.call("ec2", "create_vpc", **parameters, **tagged("vpc", inputs))["Vpc"]
        vpc_id = vpc["VpcId"]
        attributes = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
        attributes |= given(inputs, EnableDnsSupport="enableDnsSupport", EnableDnsHostnames="enableDnsHostnames")
        for attribute, value in attributes.items():
            aws.call("ec2", "modify_vpc_attribute", VpcId=vpc_id, **{attribute: {"Value": value}})
        mine = [{"Name": "vpc-id", "Values": [vpc_id]}]
        group = standing(
            aws,
            "describe_security_groups",
            "SecurityGroups",
            Filters=[*mine, {"Name": "group-name", "Values": ["default"]}],
        )
        main = [*mine, {"Name": "association.main", "Values": ["true"]}]
        table = standing(aws, "describe_route_tables", "RouteTables", Filters=main)
        default = [*mine, {"Name": "default", "Values": ["true"]}]
        acl = standing(aws, "describe_network_acls", "NetworkAcls", Filters=default)
        outputs = {
            **identity(aws, "vpc", vpc_id),
            "ownerId": aws.account_id,
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc.get("InstanceTenancy", "default"),
            "enableDnsSupport": attributes["EnableDnsSupport"],
            "enableDnsHostnames": attributes["EnableDnsHostnames"],
            "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
            "defaultSecurityGroupId": group["GroupId"],
            "defaultRouteTableId": table["RouteTableId"],
            "mainRouteTableId": table["RouteTableId"],
            "defaultNetworkAclId": acl["NetworkAclId"],
        }
        return Created(vpc_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the VPC and its attributes."""
        vpc = described(aws, "describe_vpcs", "Vpcs", VpcIds=[resource.id])
        if vpc is None:
            return None
        seen = {
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "tagsAll": tags_of(vpc),
        }
        for attribute in ("enableDnsSupport", "enableDnsHostnames"):
            answer = aws.call("ec2", "describe_vpc_attribute", VpcId=resource.id, Attribute=attribute)
            seen[attribute] = answer[attribute[0].upper() + attribute[1:]]["Value"]
        return seen

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the VPC; its default group, table and ACL go with it."""
        aws.call("ec2", "delete_vpc", VpcId=resource.id)
        aws.forget("network_acls", resource.outputs["defaultNetworkAclId"])


@translates("aws:ec2/subnet:Subnet")
class Subnet(Emulated):
    """A subnet in one zone."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the subnet, then say whether its instances get public addresses."""
        subnet = aws.call(
            "ec2",
            "create_subnet",
            **given(
                inputs,
                VpcId="vpcId",
                CidrBlock="cidrBlock",
                AvailabilityZone="availabilityZone",
                AvailabilityZoneId="availabilityZoneId",
            ),
            **tagged("subnet", inputs),
        )["Subnet"]
        subnet_id = subnet["SubnetId"]
        if inputs.get("mapPublicIpOnLaunch"):
            aws.call("ec2", "modify_subnet_attribute", SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
        outputs = {
            **identity(aws, "subnet", subnet_id),
            "ownerId": aws.account_id,
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "mapPublicIpOnLaunch": bool(inputs.get("mapPublicIpOnLaunch")),
        }
        return Created(subnet_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the subnet."""
        subnet = described(aws, "describe_subnets", "Subnets", SubnetIds=[resource.id])
        return subnet and {
            "vpcId": subnet["VpcId"],
            "cidrBlock": subnet["CidrBlock"],
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
            "tagsAll": tags_of(subnet),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the subnet."""
        aws.call("ec2", "delete_subnet", SubnetId=resource.id)
