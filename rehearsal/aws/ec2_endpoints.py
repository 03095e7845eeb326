"""What hangs on the network: VPC endpoints and flow logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.ec2_description import described, identity, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource


@translates("aws:ec2/vpcEndpoint:VpcEndpoint")
class VpcEndpoint(Emulated):
    """A gateway or interface endpoint."""

    loses = {"ipAddressType": "moto does not describe it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the endpoint; its type is always sent, for moto cannot delete one without."""
        endpoint = aws.call(
            "ec2",
            "create_vpc_endpoint",
            VpcEndpointType=inputs.get("vpcEndpointType") or "Gateway",
            **given(
                inputs,
                VpcId="vpcId",
                ServiceName="serviceName",
                PolicyDocument="policy",
                RouteTableIds="routeTableIds",
                SubnetIds="subnetIds",
                SecurityGroupIds="securityGroupIds",
                PrivateDnsEnabled="privateDnsEnabled",
                IpAddressType="ipAddressType",
            ),
            **tagged("vpc-endpoint", inputs),
        )["VpcEndpoint"]
        endpoint_id = endpoint["VpcEndpointId"]
        entries = endpoint.get("DnsEntries") or []
        outputs = {
            **identity(aws, "vpc-endpoint", endpoint_id),
            "ownerId": aws.account_id,
            "state": "available",
            "vpcEndpointType": inputs.get("vpcEndpointType") or "Gateway",
            "dnsEntries": [{"dnsName": entry["DnsName"], "hostedZoneId": entry["HostedZoneId"]} for entry in entries],
            "networkInterfaceIds": endpoint.get("NetworkInterfaceIds") or [],
            "requesterManaged": False,
        }
        if outputs["vpcEndpointType"] == "Gateway":
            outputs["prefixListId"] = _prefix_list_id(aws, inputs["serviceName"])
        return Created(endpoint_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the endpoint."""
        ids = [resource.id]
        endpoint = described(aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=ids)
        if endpoint is None or endpoint["State"].lower() in ("deleting", "deleted"):
            return None
        return {
            "vpcId": endpoint["VpcId"],
            "serviceName": endpoint["ServiceName"],
            "vpcEndpointType": endpoint["VpcEndpointType"],
            "policy": endpoint.get("PolicyDocument"),
            "routeTableIds": endpoint.get("RouteTableIds") or [],
            "subnetIds": endpoint.get("SubnetIds") or [],
            "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups") or []],
            "privateDnsEnabled": endpoint["PrivateDnsEnabled"],
            "ipAddressType": endpoint.get("IpAddressType"),
            "tagsAll": tags_of(endpoint),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the endpoint."""
        aws.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[resource.id])


def _prefix_list_id(aws: Account, service: str) -> str:
    """Return the id of the list of a service's addresses, which security groups can refer to."""
    lists = aws.call("ec2", "describe_managed_prefix_lists")["PrefixLists"]
    return next((entry["PrefixListId"] for entry in lists if entry["PrefixListName"] == service), "")


_WATCHED: Final = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}
_FOLDER: Final = re.compile(r"arn:aws:s3:::[^/]+/.*")


@translates("aws:ec2/flowLog:FlowLog")
class FlowLog(Emulated):
    """A record of the traffic of a VPC, subnet or interface."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the flow log on the one thing that it names."""
        key = next((key for key in _WATCHED if inputs.get(key)), None)
        if key is None:
            raise NotEmulatedError("a flow log of a transit gateway is not translated")
        if _FOLDER.fullmatch(str(inputs.get("logDestination"))):
            raise NotEmulatedError("moto takes the folder of a flow log's destination for a part of the bucket's name")
        answer = aws.call(
            "ec2",
            "create_flow_logs",
            ResourceIds=[inputs[key]],
            ResourceType=_WATCHED[key],
            **given(
                inputs,
                TrafficType="trafficType",
                LogDestinationType="logDestinationType",
                LogDestination="logDestination",
                DeliverLogsPermissionArn="iamRoleArn",
                MaxAggregationInterval="maxAggregationInterval",
                LogFormat="logFormat",
            ),
            **tagged("vpc-flow-log", inputs),
        )
        for refused in answer.get("Unsuccessful", []):
            error = refused["Error"]
            raise CloudError("ec2", "create_flow_logs", error["Code"], error["Message"])
        log_id = answer["FlowLogIds"][0]
        return Created(log_id, identity(aws, "vpc-flow-log", log_id))

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the flow log."""
        log = described(aws, "describe_flow_logs", "FlowLogs", FlowLogIds=[resource.id])
        watched = [key for key in _WATCHED if resource.registration.inputs.get(key)]
        return log and {
            **dict.fromkeys(watched, log["ResourceId"]),
            "trafficType": log["TrafficType"],
            "logDestinationType": log["LogDestinationType"],
            "logDestination": log.get("LogDestination"),
            "iamRoleArn": log.get("DeliverLogsPermissionArn"),
            "maxAggregationInterval": log["MaxAggregationInterval"],
            "tagsAll": tags_of(log),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the flow log."""
        aws.call("ec2", "delete_flow_logs", FlowLogIds=[resource.id])
