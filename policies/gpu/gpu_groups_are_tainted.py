"""Machines with accelerators keep off the pods that don't ask for one."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.pools import NODE_GROUP, NODE_POOL, machines_of
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Ask for a taint that keeps pods off, with an accelerator's key; startup taints go away."""
    machines = machines_of(resource)
    if machines is None or not machines.resources:
        return
    keys = configuration.texts("taint_keys")
    if any(taint.key in keys and taint.keeps_off for taint in machines.taints):
        return
    seen = ", ".join(str(taint) for taint in machines.taints) or "no taint"
    yield Violation(
        f"may have accelerators ({', '.join(sorted(machines.resources))}) and has {seen}",
        f"add a NoSchedule taint with one of the keys {', '.join(keys)}, or leave only types without accelerators open",
        machines.taints_path,
    )


POLICY = ResourcePolicy(
    name="gpu-groups-are-tainted",
    description="Nodes with accelerators have a taint that keeps off pods which don't ask for one.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "taint_keys": texts(
                "Keys of accelerators' taints; device plugins tolerate that of their own resource.",
                ["nvidia.com/gpu", "aws.amazon.com/neuron", "amd.com/gpu", "habana.ai/gaudi"],
            )
        }
    ),
    types=(NODE_GROUP, NODE_POOL),
    validate=validate,
)
