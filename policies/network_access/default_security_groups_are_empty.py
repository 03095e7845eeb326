"""The default security group of every VPC has no rules."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look for each VPC's default group: one that nobody adopts lets its members in and everything out."""
    yield from each(stack.of_type("aws:ec2/vpc:Vpc"), lambda vpc: _unadopted(stack, vpc))
    yield from each(stack.of_type(DEFAULT_GROUP), _ruled)


def _unadopted(stack: Stack, vpc: Resource) -> Iterator[Violation]:
    if not stack.referring(vpc, "vpcId", DEFAULT_GROUP, names=("id",)):
        fault = "leaves its default security group to AWS, which lets everything out of it"
        yield Violation(fault, "adopt it with a DefaultSecurityGroup without rules", resource=vpc)


def _ruled(group: Resource) -> Iterator[Violation]:
    def ruled(path: str) -> Iterator[Violation]:
        if group.properties.count(path):
            remedy = "take the rules away, and give what uses the group one of its own"
            yield Violation("has rules, and whatever names no group falls into it", remedy, path, group)

    yield from each(("ingress", "egress"), ruled, group)


POLICY = StackPolicy(
    name="default-security-groups-are-empty",
    description="The default security group of every VPC has no rules.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
