"""The provider's functions, answered from the emulated account."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.ec2_description import described, identity, tags_of
from rehearsal.aws.secretsmanager import get_random_password

Arguments = Mapping[str, Any]

_TEXT: Final = re.compile(r"text/.+|application/(json|ld\+json|xml|atom\+xml|xhtml\+xml|x-csh|x-httpd-php|x-sh|x-sql)")
"""Content types whose body the provider returns:
https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/s3/object_data_source.go
"""
_IMAGE: Final = re.compile(r"/aws/service/.*(ami|image_id|bottlerocket)")


def get_vpc(aws: Account, arguments: Arguments) -> dict[str, Any]:
    """Look a VPC up by id, CIDR, tags or filters."""
    keys = {"cidrBlock": "cidr", "state": "state", "dhcpOptionsId": "dhcp-options-id"}
    parameters = _selection(arguments, "VpcIds", keys)
    if arguments.get("default"):
        parameters.setdefault("Filters", []).append({"Name": "is-default", "Values": ["true"]})
    vpc = _only(aws, "describe_vpcs", "Vpcs", "VPC", parameters)
    vpc_id = vpc["VpcId"]
    main = [
        {"Name": "vpc-id", "Values": [vpc_id]},
        {"Name": "association.main", "Values": ["true"]},
    ]
    table = described(aws, "describe_route_tables", "RouteTables", Filters=main)
    answer: dict[str, Any] = {
        **identity(aws, "vpc", vpc_id),
        "id": vpc_id,
        "ownerId": aws.account_id,
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": block["AssociationId"],
                "cidrBlock": block["CidrBlock"],
                "state": block["CidrBlockState"]["State"],
            }
            for block in vpc["CidrBlockAssociationSet"]
        ],
        "default": vpc.get("IsDefault", False),
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "instanceTenancy": vpc["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "mainRouteTableId": table["RouteTableId"] if table else "",
        "state": vpc["State"],
        "tags": tags_of(vpc),
    }
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        seen = aws.call("ec2", "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
        answer[attribute] = seen[attribute[0].upper() + attribute[1:]]["Value"]
    return answer


def get_subnet(aws: Account, arguments: Arguments) -> dict[str, Any]:
    """Look a subnet up by id, VPC, zone, CIDR, tags or filters."""
    keys = {
        "vpcId": "vpc-id",
        "availabilityZone": "availability-zone",
        "availabilityZoneId": "availability-zone-id",
        "cidrBlock": "cidr-block",
        "state": "state",
    }
    parameters = _selection(arguments, "SubnetIds", keys)
    subnet = _only(aws, "describe_subnets", "Subnets", "Subnet", parameters)
    return {
        **identity(aws, "subnet", subnet["SubnetId"]),
        "id": subnet["SubnetId"],
        "ownerId": aws.account_id,
        "vpcId": subnet["VpcId"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "cidrBlock": subnet["CidrBlock"],
        "defaultForAz": subnet["DefaultForAz"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "assignIpv6AddressOnCreation": subnet["AssignIpv6AddressOnCreation"],
        "ipv6CidrBlock": "",
        "state": subnet["State"],
        "tags": tags_of(subnet),
    }


def _selection(arguments: Arguments, ids: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the id and filters of a describe call, as the provider builds them from the arguments."""
    filters = [{"Name": api, "Values": [str(arguments[key])]} for key, api in keys.items() if arguments.get(key)]
    filters += [{"Name": entry["name"], "Values": list(entry["values"])} for entry in arguments.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (arguments.get("tags") or {}).items()]
    selected: dict[str, Any] = {"Filters": filters} if filters else {}
    return selected | ({ids: [arguments["id"]]} if arguments.get("id") else {})


def _only(aws: Account, operation: str, result: str, noun: str, parameters: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = aws.call("ec2", operation, **parameters)[result]
    if len(found) != 1:
        problem = f"no matching EC2 {noun} found" if not found else f"multiple EC2 {noun}s matched"
        raise CloudError("ec2", operation, "NotFound" if not found else "Ambiguous", problem)
    return found[0]


def get_parameter(aws: Account, arguments: Arguments) -> dict[str, Any]:
    """Read an SSM parameter; an image that moto does not list gets an invented id, noted in the account."""
    name = str(arguments["name"])
    decrypted = arguments.get("withDecryption", True)
    try:
        found = aws.call("ssm", "get_parameter", Name=name, WithDecryption=decrypted)["Parameter"]
    except CloudError as error:
        if error.code != "ParameterNotFound" or not _IMAGE.match(name):
            raise
        value = f"ami-{hashlib.sha256(name.encode()).hexdigest()[:17]}"
        aws.inventions[name] = value
        found = {"Name": name, "Type": "String", "Value": value, "Version": 1}
    owner = "" if name.startswith("/aws/service/") else aws.account_id
    return {
        "id": name,
        "name": name,
        "arn": found.get("ARN") or f"arn:aws:ssm:{aws.region}:{owner}:parameter/{name.lstrip('/')}",
        "region": aws.region,
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": found["Value"] if found["Type"] != "SecureString" else "",
        "version": found["Version"],
        "withDecryption": decrypted,
    }


def get_object(aws: Account, arguments: Arguments) -> dict[str, Any]:
    """Read an S3 object; the body only of content types that are text, as the provider does."""
    bucket, key = str(arguments["bucket"]), str(arguments["key"])
    found = aws.call("s3", "get_object", Bucket=bucket, Key=key)
    body: bytes = found["Body"].read()
    return {
        "id": f"{bucket}/{key}",
        "arn": f"arn:aws:s3:::{bucket}/{key}",
        "region": aws.region,
        "bucket": bucket,
        "key": key,
        "body": body.decode() if _TEXT.fullmatch(found["ContentType"]) else "",
        "contentLength": found["ContentLength"],
        "contentType": found["ContentType"],
        "etag": found["ETag"].strip('"'),
        "metadata": found["Metadata"],
        "versionId": found.get("VersionId", ""),
        "serverSideEncryption": found.get("ServerSideEncryption", ""),
    }


def get_caller_identity(aws: Account, _arguments: Arguments) -> dict[str, Any]:
    """Say whose account this is."""
    found = aws.call("sts", "get_caller_identity")
    return {
        "id": found["Account"],
        "accountId": found["Account"],
        "arn": found["Arn"],
        "userId": found["UserId"],
    }


def get_region(aws: Account, _arguments: Arguments) -> dict[str, Any]:
    """Say which Region this is."""
    return {
        "id": aws.region,
        "name": aws.region,
        "region": aws.region,
        "description": aws.region,
        "endpoint": f"ec2.{aws.region}.amazonaws.com",
    }


def get_partition(_aws: Account, _arguments: Arguments) -> dict[str, Any]:
    """Say which partition this is: the rehearsal knows the commercial one."""
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def get_availability_zones(aws: Account, arguments: Arguments) -> dict[str, Any]:
    """List the Region's zones."""
    excluded = {*(arguments.get("excludeNames") or []), *(arguments.get("excludeZoneIds") or [])}
    found = aws.call("ec2", "describe_availability_zones")["AvailabilityZones"]
    zones = [zone for zone in found if not excluded & {zone["ZoneName"], zone["ZoneId"]}]
    return {
        "id": aws.region,
        "region": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName", aws.region) for zone in zones}),
    }


INVOKES: Final[dict[str, Callable[[Account, Arguments], dict[str, Any]]]] = {
    "aws:ec2/getVpc:getVpc": get_vpc,
    "aws:ec2/getSubnet:getSubnet": get_subnet,
    "aws:ssm/getParameter:getParameter": get_parameter,
    "aws:s3/getObject:getObject": get_object,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": get_random_password,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
}
"""What answers each provider function, by its token."""
