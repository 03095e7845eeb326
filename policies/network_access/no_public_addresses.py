"""Instances and subnets give out no public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

REMEDY = "leave it private: it reaches the internet through the NAT gateway, people reach it through SSM"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at what gives an address, and at addresses that are given to instances."""
    allowed = configuration.texts("public_resources")
    if any(fnmatchcase(resource.name, pattern) for pattern in allowed):
        return
    properties = resource.properties
    if resource.kind in ("Subnet", "DefaultSubnet"):
        given = properties.flag("mapPublicIpOnLaunch")
        if given or (given is None and resource.kind == "DefaultSubnet"):
            fault = "gives a public address to whatever starts in it"
            yield Violation(fault, "set mapPublicIpOnLaunch to false", "mapPublicIpOnLaunch")
    elif resource.kind in ("Eip", "EipAssociation"):
        # Addresses of NAT gateways and network load balancers are referred to by them, and name nothing themselves.
        for path in ("instance", "instanceId", "networkInterface", "networkInterfaceId"):
            if properties.has(path):
                yield Violation("is the public address of an instance", REMEDY, path)
    elif resource.kind == "LaunchTemplate":
        yield from each(properties.inners("networkInterfaces"), lambda card: _flag(card, "associatePublicIpAddress"))
    elif resource.kind == "EC2NodeClass":
        yield from _flag(properties, "spec.associatePublicIPAddress")
    elif resource.kind == "Service":
        yield from _flag(properties, "networkConfiguration.assignPublicIp")
    else:
        yield from _flag(properties, "associatePublicIpAddress")


def _flag(properties: Properties, path: str) -> Iterator[Violation]:
    if properties.flag(path):
        yield Violation("gives a public address", REMEDY, properties.at(path))


POLICY = ResourcePolicy(
    name="no-public-addresses",
    description="Instances and subnets give out no public addresses.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "public_resources": texts(
                "Names of resources that may have or give public addresses; * stands for anything.", []
            )
        }
    ),
    types=(
        "aws:ec2/instance:Instance",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/defaultSubnet:DefaultSubnet",
        "aws:ec2/eip:Eip",
        "aws:ec2/eipAssociation:EipAssociation",
        "aws:ecs/service:Service",
        "kubernetes:karpenter.k8s.aws/*:EC2NodeClass",
    ),
    validate=validate,
)
