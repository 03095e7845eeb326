"""Security groups let in no range that is nearly the whole internet."""

from __future__ import annotations

from collections.abc import Iterator

from policies.addresses import too_wide, widest_entries
from policies.mappings import elements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

REMEDY = "name the addresses, the prefix list or the security group that needs it"
PORTED = ("tcp", "udp", "6", "17")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at rules of their own, at those inside a group, and at prefix lists that rules refer to."""
    properties = resource.properties
    if resource.kind in ("SecurityGroup", "DefaultSecurityGroup"):
        yield from each(elements(properties, "ingress"), lambda rule: _open(rule, configuration))
    elif resource.kind == "ManagedPrefixList":
        yield from each(elements(properties, "entries"), lambda entry: _wide(entry, "cidr", configuration))
    elif resource.kind == "ManagedPrefixListEntry":
        yield from _wide(properties, "cidr", configuration)
    elif resource.kind == "SecurityGroupIngressRule" or properties.text("type") == "ingress":
        yield from _open(properties, configuration)


def _open(rule: Properties, configuration: Properties) -> Iterator[Violation]:
    if _is_on_public_ports(rule, configuration):
        return
    yield from each(("cidrIpv4", "cidrIpv6"), lambda path: _wide(rule, path, configuration))
    yield from each(("cidrBlocks", "ipv6CidrBlocks"), lambda path: _any_wide(rule, path, configuration))


def _any_wide(rule: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    places = [f"{path}.{number}" for number in range(rule.count(path))]
    yield from each(places, lambda place: _wide(rule, place, configuration))


def _wide(rule: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    if fault := too_wide(rule, path, configuration):
        yield Violation(f"lets in {fault}", REMEDY, rule.at(path))


def _is_on_public_ports(rule: Properties, configuration: Properties) -> bool:
    allowed = set(configuration.value("public_ports"))
    if not allowed or (rule.text("ipProtocol") or rule.text("protocol")) not in PORTED:
        return False
    first, last = rule.number("fromPort"), rule.number("toPort")
    if first is None or last is None:
        return False
    return first <= last and all(port in allowed for port in range(int(first), int(last) + 1))


POLICY = ResourcePolicy(
    name="no-open-ingress",
    description="Security groups let in no range that is nearly the whole internet.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **widest_entries(16, 32),
            "public_ports": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "TCP and UDP ports on which everybody may come in, such as those of a public website.",
                "default": [],
            },
        }
    ),
    types=(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
    ),
    validate=validate,
)
