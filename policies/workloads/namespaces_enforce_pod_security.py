"""Namespaces have Kubernetes refuse pods that are not secure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.pod_security import PRIVILEGED_NAMESPACES, any_matches
from policies.pods import name_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
VERSION: Final = re.compile(r"v\d+\.\d+")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the labels of a namespace: the level, and the version whose rules it means."""
    labels = resource.properties.inner("metadata.labels")
    privileged = any_matches(configuration.texts("privileged_namespaces"), name_of(resource))
    allowed = ["restricted", "baseline", *(["privileged"] if privileged else [])]
    yield from each((_level, _version), lambda check: check(labels, allowed))


def _level(labels: Properties, allowed: list[str]) -> Iterator[Violation]:
    level = labels.entry(ENFORCE)
    if level not in allowed:
        said = "is absent" if level is None else f"is {shown(level)}"
        yield Violation(said, f"label the namespace {' or '.join(allowed[:2])}", labels.at(ENFORCE))


def _version(labels: Properties, _allowed: list[str]) -> Iterator[Violation]:
    version = labels.entry(f"{ENFORCE}-version") or ""
    if not VERSION.fullmatch(version):
        fault = f"is {shown(version)}" if version else "is absent"
        remedy = "name a Kubernetes version such as v1.35, for the rules of `latest` change with the cluster"
        yield Violation(fault, remedy, labels.at(f"{ENFORCE}-version"))


POLICY = ResourcePolicy(
    name="namespaces-enforce-pod-security",
    description="Namespaces enforce the pod security standard restricted or baseline, at a named version.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(properties={"privileged_namespaces": PRIVILEGED_NAMESPACES}),
    types=("kubernetes:core/v1:Namespace",),
    validate=validate,
)
