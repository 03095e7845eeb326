"""What EC2 refuses in VPC endpoints and flow logs, and in anything that mixes VPCs."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.aws.service_model import available_services
from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_set, numbers, of, text, texts, truth
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.rules.network import vpc_of, zone_of
from rehearsal.checks.world import World
from rehearsal.plan import Registration

ENDPOINT, FLOW_LOG = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/flowLog:FlowLog"
AGGREGATION_SECONDS = (60, 600)


@rule(ENDPOINT, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html")
def endpoint(r: Registration, world: World) -> Broken:
    """An endpoint is for a service of the region, of the right type, once a VPC, with one subnet a zone."""
    gateway = text(r, "vpcEndpointType") in (None, "Gateway") and not known_type(r)
    allowed = facts.values("gateway_endpoint_services" if gateway else "endpoint_services")
    prefix = f"com.amazonaws.{world.region}."
    for at, service in texts(r, "serviceName"):
        name = service.removeprefix(prefix)
        # Of another account, of SageMaker's own form, or of another region where that is said.
        if service.startswith(("com.amazonaws.vpce.", "aws.")) or not is_absent(r, "serviceRegion"):
            continue
        if name == service or not (name in allowed or (not gateway and _is_service(name, allowed))):
            yield at, one_of(service, f"{prefix} and one of {', '.join(allowed)}")
    if gateway:
        for name in ("subnetIds", "securityGroupIds"):
            if is_set(r, name):
                yield name, "a gateway endpoint has route tables, no subnets or security groups"
    zones: dict[str, str] = {}
    for at, subnet in texts(r, "subnetIds[]"):
        zone = zone_of(subnet, world)
        if zone and zone in zones:
            yield at, f"{subnet} is in {zone}, as is {zones[zone]}; an endpoint has one subnet a zone"
        elif zone:
            zones[zone] = subnet
    vpc, service = text(r, "vpcId"), text(r, "serviceName")
    for other in world.of_type(ENDPOINT) if vpc and service else ():
        same = (of(other.outputs, "vpcId"), of(other.outputs, "serviceName")) == (vpc, service)
        if same and truth(r, "privateDnsEnabled") and of(other.outputs, "privateDnsEnabled"):
            yield "privateDnsEnabled", f"{other.registration.name} has the private name of {service} in {vpc}"


def _is_service(name: str, listed: Sequence[str]) -> bool:
    """Say whether a service that is not listed may have an endpoint of that name: most are called like the service."""
    return name in available_services() and not any(other.startswith(f"{name}.") for other in listed)


def known_type(r: Registration) -> bool:
    """Say whether an endpoint's type is given without being known yet."""
    return is_absent(r, "vpcEndpointType") is False and text(r, "vpcEndpointType") is None


@rule(
    ENDPOINT,
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:eks/cluster:Cluster",
    "aws:ec2/instance:Instance",
    "aws:sagemaker/model:Model",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
)
def one_vpc(r: Registration, world: World) -> Broken:
    """Subnets, security groups and route tables of one resource belong to one VPC."""
    paths = ("vpcId", "subnetId", "subnetIds", "subnetIds[]", "vpcConfig.subnetIds[]", "vpcConfig.subnets[]")
    groups = (
        "securityGroupIds[]",
        "vpcSecurityGroupIds[]",
        "vpcConfig.securityGroupIds[]",
        "routeTableIds[]",
    )
    home: str | None = None
    for path in (*paths, *groups):
        for at, value in texts(r, path):
            vpc = vpc_of(value, world)
            if home and vpc and vpc != home:
                yield at, f"{value} belongs to {vpc}, not to {home}"
            home = home or vpc


@rule(FLOW_LOG, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html")
def flow_log(r: Registration, _: World) -> Broken:
    """A flow log watches one thing; CloudWatch Logs needs a role and a log group."""
    for at, seconds in numbers(r, "maxAggregationInterval"):
        if seconds not in AGGREGATION_SECONDS:
            yield at, one_of(seconds, AGGREGATION_SECONDS)
    sources = ("vpcId", "subnetId", "eniId", "transitGatewayId", "transitGatewayAttachmentId")
    yield from exactly_one(r, sources, "a flow log")
    kind = text(r, "logDestinationType") or ("" if known_destination(r) else "cloud-watch-logs")
    if kind == "cloud-watch-logs" and is_absent(r, "iamRoleArn"):
        yield "iamRoleArn", "delivery to CloudWatch Logs needs a role"
    services = {"cloud-watch-logs": "logs", "s3": "s3", "kinesis-data-firehose": "firehose"}
    for at, arn in texts(r, "logDestination"):
        if kind in services and not arn.startswith(f"arn:aws:{services[kind]}:"):
            yield at, f"{arn} is no destination of type {kind}"


def known_destination(r: Registration) -> bool:
    """Say whether a flow log's destination type is given without being known yet."""
    return not is_absent(r, "logDestinationType")
