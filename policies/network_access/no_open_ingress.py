"""Security groups let nobody in from the whole internet."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resource import Resource

EVERYWHERE = {"0.0.0.0/0", "::/0"}
REMEDY = "name the addresses, the prefix list or the security group that needs it"


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at rules of their own, and at those inside a group."""
    if resource.type.endswith(":SecurityGroup"):
        yield from each(resource.properties.inners("ingress"), _open)
    elif resource.type.endswith(":SecurityGroupIngressRule") or resource.properties.text("type") == "ingress":
        yield from _open(resource.properties)


def _open(rule: Properties) -> Iterator[Violation]:
    for path in ("cidrIpv4", "cidrIpv6"):
        if (address := rule.text(path)) in EVERYWHERE:
            yield Violation(f"lets {address} in", REMEDY, rule.at(path))
    for path in ("cidrBlocks", "ipv6CidrBlocks"):
        for address in EVERYWHERE.intersection(rule.texts(path)):
            yield Violation(f"lets {address} in", REMEDY, rule.at(path))


POLICY = ResourcePolicy(
    name="no-open-ingress",
    description="Security groups let nobody in from the whole internet.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    validate=validate,
)
