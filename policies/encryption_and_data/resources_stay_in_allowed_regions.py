"""Data stays where it may be: every regional resource, and everything a resource names, is in the allowed regions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.configuration import texts
from policies.nodes import nodes
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.regions import outside
from policies.resources import Resource

PROVIDER = "pulumi:providers:aws"
WORDS_ONLY = {"tags", "tagsAll", "labels", "description"}
"""Properties that describe: a region in them is not a place."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at a resource's own region, and at every region, zone, ARN and endpoint in its properties."""
    yield from each((_own, _named), lambda check: check(resource, configuration))


def _own(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the region of a provider; and at that of a resource, its own or the provider's."""
    allowed = configuration.texts("regions")
    if resource.type == PROVIDER:
        if not resource.properties.text("region"):
            fault = "is absent: the region is that of whoever runs the update"
            yield Violation(fault, f"set it to {' or '.join(allowed)}", "region")
    elif _is_regional(resource, configuration) and not resource.properties.has("region"):
        region = resource.provider.text("region")
        if region and region not in allowed:
            yield Violation(f"is made in {region}", f"give it a provider in {' or '.join(allowed)}")


def _is_regional(resource: Resource, configuration: Properties) -> bool:
    scheme, _, rest = resource.type.partition(":")
    return scheme == "aws" and rest.partition("/")[0] not in configuration.texts("global_services")


def _named(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    regions = configuration.texts("regions")
    look = partial(outside, allowed=frozenset(regions), global_services=configuration.texts("global_services"))
    for keys, value in nodes(resource.properties.value()):
        if isinstance(value, str) and WORDS_ONLY.isdisjoint(keys):
            for region in sorted(look(value)):
                yield Violation(f"is in {region}", f"keep it in {' or '.join(regions)}", ".".join(keys))


POLICY = ResourcePolicy(
    name="resources-stay-in-allowed-regions",
    description="Every resource, and everywhere that one sends data to, is in the allowed regions.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "regions": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "description": "Regions in which data may be",
                "default": ["us-east-1"],
            },
            "global_services": texts(
                "Services without a region, or whose region says nothing about where data is",
                [
                    "acm",
                    "budgets",
                    "ce",
                    "cloudfront",
                    "costexplorer",
                    "globalaccelerator",
                    "iam",
                    "organizations",
                    "route53",
                    "route53domains",
                    "shield",
                    "wafv2",
                ],
            ),
        }
    ),
    types=("aws:*", PROVIDER, "kubernetes:*"),
    validate=validate,
)
