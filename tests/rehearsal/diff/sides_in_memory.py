"""Sides of a comparison, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.diff.changes import Against, ChangedResource, Diff
from rehearsal.diff.comparison import compare
from rehearsal.diff.rehearsed import Finding, PolicySection, RehearsalDocument, Rehearsed
from rehearsal.plan import Outcome

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
BUCKET = "aws:s3/bucket:Bucket"
ROUTE = "aws:ec2/route:Route"
AGAINST = Against(given="main", commit="0123456789abcdef0123456789abcdef01234567")


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::llm-platform::{type_}::{name}"


def resource(
    type_: str,
    name: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    id: str | None = None,
    outputs: Mapping[str, Any] | None = None,
    takes: Mapping[str, Sequence[str]] | None = None,
    **options: Any,
) -> Rehearsed:
    """A resource; `takes` names the resources that its inputs take something from."""
    return Rehearsed(
        urn=urn(type_, name),
        type=type_,
        name=name,
        inputs=dict(inputs or {}),
        outputs=dict(outputs or {}),
        outcome=options.pop("outcome", Outcome.CREATED),
        id=f"{name}-id" if id is None else id,
        property_dependencies={key: tuple(urns) for key, urns in (takes or {}).items()},
        **options,
    )


def side(*resources: Rehearsed, policies: PolicySection | None = None, **parts: Any) -> RehearsalDocument:
    """A side with these resources."""
    return RehearsalDocument(format=1, stack="dev", resources=resources, policies=policies, **parts)


def finding(policy: str, message: str, level: str = "mandatory", urn: str = "") -> Finding:
    """A violation."""
    return Finding(pack="llm-platform", policy=policy, level=level, severity="high", urn=urn, message=message)


def pack(*findings: Finding, **parts: Any) -> PolicySection:
    """What a pack said."""
    return PolicySection(packs=("llm-platform",), policies=3, findings=findings, **parts)


def diff_of(old: RehearsalDocument, new: RehearsalDocument, against: Against = AGAINST) -> Diff:
    """What differs."""
    return compare(old, new, against)


def diff_of_inputs(type_: str, old: Mapping[str, Any], new: Mapping[str, Any], **options: Any) -> Diff:
    """What differs for one resource that has other inputs."""
    return diff_of(side(resource(type_, "one", old)), side(resource(type_, "one", new, **options)))


def only(resources: Sequence[ChangedResource]) -> ChangedResource:
    """The one of them."""
    assert len(resources) == 1, [each.urn for each in resources]
    return resources[0]
