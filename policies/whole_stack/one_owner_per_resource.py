"""Each thing is managed by one resource of the stack."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final

from policies.ownership import Identity, Owners
from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

Rule = tuple[Hashable, ...]

GROUPS: Final = "aws:ec2/*ecurityGroup:*ecurityGroup"
TABLES: Final = "aws:ec2/*outeTable:*outeTable"
DIRECTIONS: Final = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ingress",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "egress",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "",
}
DESTINATIONS: Final = (
    ("cidrBlock", "destinationCidrBlock"),
    ("ipv6CidrBlock", "destinationIpv6CidrBlock"),
    ("destinationPrefixListId", "destinationPrefixListId"),
)
"""How a route says where it leads to: inside a table, and on its own."""


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look for two resources of one thing, then for lists that are kept in two places."""
    owners = Owners(stack)
    first: dict[Identity, Resource] = {}

    def second(resource: Resource) -> Iterator[Violation]:
        identity = owners.identity(resource)
        if identity is None:
            return
        other = first.setdefault(identity, resource)
        if other is not resource:
            fault = f"manages the same {resource.kind} as {other.name} does; each undoes what the other sets"
            yield Violation(fault, "keep one of the two", resource=resource)

    yield from each(stack.resources, second)
    yield from each(stack.of_type(GROUPS), lambda group: _two_lists(group, _rules_inside(group), _rules(stack, group)))
    yield from each(
        stack.of_type(TABLES), lambda table: _two_lists(table, _routes_inside(table), _routes(stack, table))
    )


def _two_lists(resource: Resource, inside: set[Rule], apart: dict[Rule, str]) -> Iterator[Violation]:
    """Report entries in the resource where others stand apart.

    After a refresh AWS's answer has those that stand apart in the resource as well; they are not meant.
    """
    if apart and (foreign := inside - set(apart)):
        name = min(apart.values())
        fault = (
            f"lists {len(foreign)} of its entries itself, while {name} adds one; the list removes what it does not have"
        )
        yield Violation(fault, "keep all in resources of their own", resource=resource)


def _rules_inside(group: Resource) -> set[Rule]:
    return {
        (direction, _protocol(rule.text("protocol")), rule.number("fromPort"), rule.number("toPort"))
        for direction in ("ingress", "egress")
        for rule in group.properties.inners(direction)
    }


def _rules(stack: Stack, group: Resource) -> dict[Rule, str]:
    found: dict[Rule, str] = {}
    for rule in stack.referring(group, "securityGroupId", *DIRECTIONS):
        values = rule.properties
        protocol = _protocol(values.text("ipProtocol") or values.text("protocol"))
        direction = DIRECTIONS[rule.type] or values.text("type")
        ports = [values.number(port) for port in ("fromPort", "toPort")]
        found[direction, protocol, *([0.0, 0.0] if protocol == "-1" else ports)] = rule.name
    return found


def _protocol(text: str | None) -> str:
    return "-1" if text in (None, "all") else text


def _routes_inside(table: Resource) -> set[Rule]:
    return {
        tuple(route.text(inside) or None for inside, _ in DESTINATIONS) for route in table.properties.inners("routes")
    }


def _routes(stack: Stack, table: Resource) -> dict[Rule, str]:
    return {
        tuple(route.properties.text(apart) or None for _, apart in DESTINATIONS): route.name
        for route in stack.referring(table, "routeTableId", "aws:ec2/route:Route")
    }


POLICY = StackPolicy(
    name="one-owner-per-resource",
    description="Each thing is managed by one resource of the stack.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
