"""Security groups and each of their rules say what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.mappings import elements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at groups, at the rules inside them and at rules of their own."""
    properties = resource.properties
    if resource.kind in ("SecurityGroup", "DefaultSecurityGroup"):
        if resource.kind == "SecurityGroup":  # nobody can describe a default one
            yield from each([properties], lambda group: _undescribed(group, "the group", configuration))
        yield from each(("ingress", "egress"), lambda path: _rules(properties, path, configuration))
    else:
        yield from _undescribed(properties, "the rule", configuration)


def _rules(group: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    yield from each(elements(group, path), lambda rule: _undescribed(rule, "the rule", configuration))


def _undescribed(properties: Properties, subject: str, configuration: Properties) -> Iterator[Violation]:
    described = (properties.text("description") or "").strip()
    fillers = [filler.lower() for filler in configuration.texts("fillers")]
    if len(described) < configuration.value("shortest") or described.lower() in fillers:
        fault = f"{described!r} does not say what {subject} is for" if described else f"{subject} says nothing"
        yield Violation(fault, "say who is let in, or out, and to what", properties.at("description"))


POLICY = ResourcePolicy(
    name="security-group-rules-are-described",
    description="Security groups and each of their rules say what they are for.",
    severity=Severity.LOW,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "shortest": {
                "type": "integer",
                "minimum": 1,
                "description": "Characters that a description has at least.",
                "default": 8,
            },
            "fillers": texts("Texts that describe nothing.", ["Managed by Pulumi", "Managed by Terraform"]),
        }
    ),
    types=(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    ),
    validate=validate,
)
