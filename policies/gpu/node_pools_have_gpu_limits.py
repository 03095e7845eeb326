"""What Karpenter may start is limited, GPUs by their number."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation
from policies.pools import NODE_POOL, NodePool
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Ask for limits, and for one of each accelerator that the requirements leave open."""
    pool = NodePool(resource)
    limits = resource.properties.inner("spec.limits")
    if not limits.keys():
        yield Violation("has no limits", "say in spec.limits how much it may start", "spec.limits")
        return
    for accelerator in sorted(pool.resources):
        if not resource.properties.has("spec.limits", accelerator):
            yield Violation(
                f"may start machines with {accelerator} and has no limit of them",
                f"add {accelerator} to spec.limits, or leave only types without it open",
                limits.at(accelerator),
            )
        else:
            pool.limit(accelerator)


POLICY = ResourcePolicy(
    name="node-pools-have-gpu-limits",
    description="Every NodePool has limits, those with accelerators a limit of their number.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=(NODE_POOL,),
    validate=validate,
)
