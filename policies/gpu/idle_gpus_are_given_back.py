"""Machines with accelerators that nobody uses go away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.pools import NODE_GROUP, NODE_POOL, Machines, machines_of
from policies.reading import Properties
from policies.resources import Resource

UNITS = {"h": 60.0, "m": 1.0, "s": 1 / 60}
_PART = re.compile(r"(\d+)([hms])")
_WHOLE = re.compile(r"(\d+[hms])+")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at when a NodePool consolidates, and at the minimum size of training groups."""
    machines = machines_of(resource)
    if machines is None or not machines.resources:
        return
    if resource.type != NODE_GROUP:
        yield from _node_pool(resource, configuration)
    else:
        yield from _node_group(machines, configuration)


def _node_pool(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    after = resource.properties.text("spec.disruption.consolidateAfter") or "0s"
    most = configuration.number("minutes") or 0
    minutes = sum(int(count) * UNITS[unit] for count, unit in _PART.findall(after)) if _WHOLE.fullmatch(after) else None
    if minutes is None or minutes > most:
        yield Violation(
            f"keeps empty machines with accelerators (consolidateAfter is {after!r})",
            f"set consolidateAfter to {most:g}m at most",
            "spec.disruption.consolidateAfter",
        )


def _node_group(machines: Machines, configuration: Properties) -> Iterator[Violation]:
    pool = machines.pool(configuration.text("pool_label") or "")
    least = machines.properties.number("scalingConfig.minSize") or 0
    if pool in configuration.texts("pools") and least > 0:
        yield Violation(
            f"keeps {least:g} machines with accelerators whether or not the pool {pool!r} works",
            "set minSize to 0",
            "scalingConfig.minSize",
        )


POLICY = ResourcePolicy(
    name="idle-gpus-are-given-back",
    description="Machines with accelerators go away when nobody uses them, but for those that wait for requests.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "minutes": {
                "type": "number",
                "minimum": 0,
                "description": "How many minutes Karpenter may keep an empty machine.",
                "default": 30,
            },
            "pools": texts("Pools whose node groups must have a minimum size of 0.", ["training"]),
            "pool_label": {"type": "string", "description": "Label of nodes: pool.", "default": "llm-platform/pool"},
        }
    ),
    types=(NODE_GROUP, NODE_POOL),
    validate=validate,
)
