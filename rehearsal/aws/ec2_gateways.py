"""The ways out of a network: internet gateway, elastic addresses, NAT gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.ec2_description import described, identity, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:ec2/internetGateway:InternetGateway")
class InternetGateway(Emulated):
    """An internet gateway, attached to its VPC."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the gateway and attach it."""
        answer = aws.call("ec2", "create_internet_gateway", **tagged("internet-gateway", inputs))
        gateway_id = answer["InternetGateway"]["InternetGatewayId"]
        if inputs.get("vpcId"):
            aws.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway_id, VpcId=inputs["vpcId"])
        return Created(gateway_id, {**identity(aws, "internet-gateway", gateway_id), "ownerId": aws.account_id})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the gateway and what it is attached to."""
        ids = [resource.id]
        gateway = described(aws, "describe_internet_gateways", "InternetGateways", InternetGatewayIds=ids)
        if gateway is None:
            return None
        attached = [attachment["VpcId"] for attachment in gateway["Attachments"]]
        return {"vpcId": attached[0] if attached else None, "tagsAll": tags_of(gateway)}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Detach the gateway and delete it."""
        vpc_id = resource.registration.inputs.get("vpcId")
        if vpc_id:
            aws.call("ec2", "detach_internet_gateway", InternetGatewayId=resource.id, VpcId=vpc_id)
        aws.call("ec2", "delete_internet_gateway", InternetGatewayId=resource.id)


@translates("aws:ec2/eip:Eip")
class Eip(Emulated):
    """An elastic address."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Allocate the address in the VPC domain."""
        address = aws.call("ec2", "allocate_address", Domain="vpc", **tagged("elastic-ip", inputs))
        allocation_id, public_ip = address["AllocationId"], address["PublicIp"]
        outputs = {
            **identity(aws, "elastic-ip", allocation_id),
            "allocationId": allocation_id,
            "domain": "vpc",
            "publicIp": public_ip,
            "publicDns": f"ec2-{public_ip.replace('.', '-')}.compute-1.amazonaws.com",
        }
        return Created(allocation_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the address."""
        address = described(aws, "describe_addresses", "Addresses", AllocationIds=[resource.id])
        return address and {"domain": address["Domain"], "tagsAll": tags_of(address)}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Release the address."""
        aws.call("ec2", "release_address", AllocationId=resource.id)


@translates("aws:ec2/natGateway:NatGateway")
class NatGateway(Emulated):
    """A NAT gateway in a public subnet."""

    loses = {"connectivityType": "moto keeps it, but leaves it out of its answers"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the gateway; moto has it available at once."""
        gateway = aws.call(
            "ec2",
            "create_nat_gateway",
            **given(inputs, SubnetId="subnetId", AllocationId="allocationId", ConnectivityType="connectivityType"),
            **tagged("natgateway", inputs),
        )["NatGateway"]
        gateway_id = gateway["NatGatewayId"]
        address = gateway["NatGatewayAddresses"][0]
        outputs = {
            **identity(aws, "natgateway", gateway_id),
            "connectivityType": inputs.get("connectivityType") or "public",
            "networkInterfaceId": address["NetworkInterfaceId"],
            "privateIp": address["PrivateIp"],
            "publicIp": address.get("PublicIp", ""),
        }
        return Created(gateway_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the gateway."""
        ids = [resource.id]
        gateway = described(aws, "describe_nat_gateways", "NatGateways", NatGatewayIds=ids)
        if gateway is None or gateway["State"] in ("deleting", "deleted"):
            return None
        return {
            "subnetId": gateway["SubnetId"],
            "allocationId": gateway["NatGatewayAddresses"][0].get("AllocationId"),
            "connectivityType": gateway.get("ConnectivityType"),
            "tagsAll": tags_of(gateway),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the gateway; its address stays allocated."""
        aws.call("ec2", "delete_nat_gateway", NatGatewayId=resource.id)
        # AWS deletes the interface itself; moto forgets to.
        interface = resource.outputs["networkInterfaceId"]
        aws.call("ec2", "delete_network_interface", NetworkInterfaceId=interface)
