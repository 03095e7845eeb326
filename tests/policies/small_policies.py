"""Small policies, bound as a stack file says, on one bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from policies import pack
from policies.policy import ResourcePolicy, StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Resource
from policies.stack_file import StackFile

URN = "urn:pulumi:prod::llm-platform::aws:s3/bucket:Bucket::models"
MODULE = """
from policies.policy import EnforcementLevel, ResourcePolicy, Severity

POLICY = ResourcePolicy(
    name="{name}",
    description="Nothing is wrong.",
    severity=Severity.LOW,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=("*",),
    validate=lambda resource, configuration: [],
)
"""
"""Source of a policy's module; its name is to be filled in."""


def rule(name: str, validate: Any, **fields: Any) -> ResourcePolicy:
    """Return a policy of buckets."""
    return ResourcePolicy(
        name=name,
        description="A bucket has an owner.",
        severity=Severity.LOW,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=fields.get("config_schema"),
        types=("aws:s3/*",),
        validate=validate,
    )


def always(_resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Report every bucket."""
    yield Violation("has no owner", "name one", "owner")


def never(_resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Report none."""
    yield from ()


def reported(
    policy: pack.Policy, section: Mapping[str, Any] | None = None, properties: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what the policy, bound as the stack file says, reports on one bucket."""
    [bound] = pack.bound([policy], StackFile.model_validate(section or {}))
    found: list[str] = []
    options = SimpleNamespace(protect=True, parent=None)
    args: Any = SimpleNamespace(
        resource_type="aws:s3/bucket:Bucket",
        name="models",
        urn=URN,
        props=dict(properties or {}),
        opts=options,
        provider=None,
        parent=None,
        property_dependencies={},
        dependencies=[],
        get_config=lambda: (section or {}).get("configuration", {}).get(policy.name, {}),
    )
    if isinstance(policy, StackPolicy):
        args = SimpleNamespace(resources=[args], get_config=args.get_config)
    validate: Any = bound.validate
    validate(args, collecting(found))
    return found


def collecting(found: list[str]) -> Callable[[str, str | None], None]:
    """Return what the host gives a policy to report by."""

    def report(message: str, _urn: str | None) -> None:
        found.append(message)

    return report
