"""The network itself: VPC and subnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.ec2_description import described, identity, standing, tagged, tags_of
from rehearsal.aws.shapes import capitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:ec2/vpc:Vpc")
class Vpc(Emulated):
    """A VPC with its DNS attributes, which the API sets one at a time."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the VPC, then set its attributes."""
        parameters = given(
            inputs,
            CidrBlock="cidrBlock",
            InstanceTenancy="instanceTenancy",
            AmazonProvidedIpv6CidrBlock="assignGeneratedIpv6CidrBlock",
        )
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
            **_ipv6_block(vpc),
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
            "assignGeneratedIpv6CidrBlock": bool(_ipv6_block(vpc)["ipv6CidrBlock"]),
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


def _ipv6_block(described_: dict[str, Any]) -> dict[str, str]:
    """Return the IPv6 block of a VPC or subnet and the id of its association; empty where there is none."""
    for block in described_.get("Ipv6CidrBlockAssociationSet") or []:
        return {"ipv6CidrBlock": block["Ipv6CidrBlock"], "ipv6AssociationId": block["AssociationId"]}
    return {"ipv6CidrBlock": "", "ipv6AssociationId": ""}


@translates("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
class VpcIpv4CidrBlockAssociation(Emulated):
    """A further address block of a VPC, such as 100.64.0.0/16 for pods."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Associate the block."""
        parameters = given(inputs, VpcId="vpcId", CidrBlock="cidrBlock")
        block = aws.call("ec2", "associate_vpc_cidr_block", **parameters)["CidrBlockAssociation"]
        return Created(block["AssociationId"], {"cidrBlock": block["CidrBlock"], "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the association among those of the VPC."""
        vpc_id = resource.registration.inputs["vpcId"]
        vpc = described(aws, "describe_vpcs", "Vpcs", VpcIds=[vpc_id]) or {}
        for block in vpc.get("CidrBlockAssociationSet", []):
            if block["AssociationId"] == resource.id and block["CidrBlockState"]["State"] == "associated":
                return {"vpcId": vpc_id, "cidrBlock": block["CidrBlock"]}
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take the block away."""
        aws.call("ec2", "disassociate_vpc_cidr_block", AssociationId=resource.id)


@translates("aws:ec2/subnet:Subnet")
class Subnet(Emulated):
    """A subnet in one zone."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the subnet, then say whether its instances get public addresses."""
        parameters = given(
            inputs,
            VpcId="vpcId",
            CidrBlock="cidrBlock",
            Ipv6CidrBlock="ipv6CidrBlock",
            Ipv6Native="ipv6Native",
            AvailabilityZone="availabilityZone",
            AvailabilityZoneId="availabilityZoneId",
        )
        try:
            subnet = aws.call("ec2", "create_subnet", **parameters, **tagged("subnet", inputs))["Subnet"]
        except CloudError as error:
            # The rules have judged the zone; moto's list lacks local zones and those that few accounts have.
            if "can currently only be created in the following availability zones" in error.message:
                zone = inputs.get("availabilityZone") or inputs.get("availabilityZoneId")
                raise NotEmulatedError(f"moto's list of zones lacks {zone}") from error
            raise
        subnet_id = subnet["SubnetId"]
        for attribute in ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation"):
            if inputs.get(attribute):
                value = capitalised({attribute: {"value": True}})
                aws.call("ec2", "modify_subnet_attribute", SubnetId=subnet_id, **value)
        outputs = {
            **identity(aws, "subnet", subnet_id),
            "ownerId": aws.account_id,
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "mapPublicIpOnLaunch": bool(inputs.get("mapPublicIpOnLaunch")),
            "assignIpv6AddressOnCreation": bool(inputs.get("assignIpv6AddressOnCreation")),
            "ipv6CidrBlockAssociationId": _ipv6_block(subnet)["ipv6AssociationId"],
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
            "assignIpv6AddressOnCreation": subnet["AssignIpv6AddressOnCreation"],
            "ipv6CidrBlock": _ipv6_block(subnet)["ipv6CidrBlock"],
            "tagsAll": tags_of(subnet),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the subnet."""
        aws.call("ec2", "delete_subnet", SubnetId=resource.id)
