"""Disruption budgets let a node be drained, and keep something running meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, shown
from policies.releases import RELEASES, release_of
from policies.resources import Resource

BLOCKS: Final = ("disruptionbudget", "disruptionbudgets", "pdb")
REMEDY: Final = "let one pod go at a time: maxUnavailable 1"


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at budgets, and at the blocks of a chart's values that make one."""
    if release := release_of(resource):
        yield from each(release.blocks(*BLOCKS), _forbidding)
        return
    spec = resource.properties.inner("spec")
    yield from _forbidding(spec)
    if not spec.has("maxUnavailable") and not spec.has("minAvailable"):
        yield Violation("keeps no pod: neither minAvailable nor maxUnavailable is given", REMEDY, spec.path)


def _forbidding(budget: Properties) -> Iterator[Violation]:
    most, least = budget.value("maxUnavailable"), budget.value("minAvailable")
    if _is_none(most):
        fault = f"is {shown(most)}: no pod may ever be evicted, so that its node can't be drained"
        yield Violation(fault, REMEDY, budget.at("maxUnavailable"))
    if _is_all(most):
        yield Violation(f"is {shown(most)}: all pods may go at once", REMEDY, budget.at("maxUnavailable"))
    if _is_all(least):
        fault = f"is {shown(least)}: no pod may ever be evicted, so that its node can't be drained"
        yield Violation(fault, REMEDY, budget.at("minAvailable"))


def _is_none(value: Any) -> bool:
    """Say whether a count or a share comes to none."""
    return str(value).strip().removesuffix("%") in ("0", "0.0")


def _is_all(value: Any) -> bool:
    """Say whether a share comes to all; a count never does by itself."""
    return str(value).strip() == "100%"


POLICY = ResourcePolicy(
    name="disruption-budgets-allow-evictions",
    description="Disruption budgets let at least one pod go at a time, and not all of them.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=("kubernetes:policy/*:PodDisruptionBudget", *RELEASES),
    validate=validate,
)
