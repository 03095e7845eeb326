"""Where traffic goes: route tables, routes, associations."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.aws.ec2_description import described, identity, standing, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource

_DESTINATIONS: Final = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_TARGETS: Final = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
}


@translates("aws:ec2/routeTable:RouteTable")
class RouteTable(Emulated):
    """A route table without routes; those are resources of their own."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the table."""
        if inputs.get("routes"):
            raise NotEmulatedError("routes inside a route table are not translated; use aws.ec2.Route")
        answer = aws.call("ec2", "create_route_table", VpcId=inputs["vpcId"], **tagged("route-table", inputs))
        table_id = answer["RouteTable"]["RouteTableId"]
        return Created(table_id, {**identity(aws, "route-table", table_id), "ownerId": aws.account_id})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the table."""
        table = described(aws, "describe_route_tables", "RouteTables", RouteTableIds=[resource.id])
        return table and {"vpcId": table["VpcId"], "tagsAll": tags_of(table)}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take away what is still associated, as the provider does, and delete the table."""
        table = standing(aws, "describe_route_tables", "RouteTables", RouteTableIds=[resource.id])
        for association in table.get("Associations", []):
            aws.call("ec2", "disassociate_route_table", AssociationId=association["RouteTableAssociationId"])
        aws.call("ec2", "delete_route_table", RouteTableId=resource.id)


@translates("aws:ec2/route:Route")
class Route(Emulated):
    """One route of a table."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the route; its id is the provider's own hash of the destination."""
        parameters = {api: inputs[key] for key, api in (_DESTINATIONS | _TARGETS).items() if inputs.get(key)}
        aws.call("ec2", "create_route", RouteTableId=inputs["routeTableId"], **parameters)
        destination = next(str(inputs[key]) for key in _DESTINATIONS if inputs.get(key))
        route_id = f"r-{inputs['routeTableId']}{zlib.crc32(destination.encode())}"
        return Created(route_id, {"origin": "CreateRoute", "state": "active", "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the route in its table."""
        inputs = resource.registration.inputs
        table_id = inputs["routeTableId"]
        table = described(aws, "describe_route_tables", "RouteTables", RouteTableIds=[table_id])
        for route in table["Routes"] if table else []:
            if all(route.get(api) == inputs.get(key) for key, api in _DESTINATIONS.items()):
                found = {key: route.get(api) for key, api in (_DESTINATIONS | _TARGETS).items()}
                return {"routeTableId": table_id, **found}
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the route by its destination."""
        inputs = resource.registration.inputs
        destination = {api: inputs[key] for key, api in _DESTINATIONS.items() if inputs.get(key)}
        aws.call("ec2", "delete_route", RouteTableId=inputs["routeTableId"], **destination)


@translates("aws:ec2/routeTableAssociation:RouteTableAssociation")
class RouteTableAssociation(Emulated):
    """The table that a subnet's traffic follows."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Associate table and subnet."""
        parameters = given(inputs, RouteTableId="routeTableId", SubnetId="subnetId", GatewayId="gatewayId")
        answer = aws.call("ec2", "associate_route_table", **parameters)
        return Created(answer["AssociationId"], {"region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the table that holds the association."""
        here = [{"Name": "association.route-table-association-id", "Values": [resource.id]}]
        table = described(aws, "describe_route_tables", "RouteTables", Filters=here)
        for association in table["Associations"] if table else []:
            if association["RouteTableAssociationId"] == resource.id:
                return {
                    "routeTableId": association["RouteTableId"],
                    "subnetId": association.get("SubnetId"),
                    "gatewayId": association.get("GatewayId"),
                }
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Disassociate."""
        aws.call("ec2", "disassociate_route_table", AssociationId=resource.id)
