"""Training pods can't land on inference nodes, nor inference pods on training nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.configuration import texts
from policies.placements import Placement, mappings, placements, workload_of
from policies.pods import WORKLOADS
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import Machines, machines_in
from policies.reading import Properties, Undecided
from policies.releases import RELEASES, Release
from policies.resources import Resource, Stack
from policies.taints import passes

SIDES = {"training": "inference", "inference": "training"}
"""Each side, and the one that it is kept from."""


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the taints of both sides' pools, then at the pods of each side."""
    sides: dict[str, list[Machines]] = {side: [] for side in SIDES}
    for machines in machines_in(stack):
        yield from each([machines], lambda one: _sort_in(one, sides, configuration), machines.resource)
    for side, other in SIDES.items():
        for machines in sides[side]:
            yield from _taints(machines, other, sides[other], configuration)
    yield from each(stack.of_type(*WORKLOADS, *RELEASES), lambda one: _pods(stack, one, sides, configuration))
    yield from each(stack.of_type(*RELEASES), lambda one: _pools_in_values(stack, one, configuration))


def _sort_in(machines: Machines, sides: dict[str, list[Machines]], configuration: Properties) -> Iterator[Violation]:
    """Put machines on their side once their taints are read; what can't be read of them is the finding."""
    yield from ()
    pool = machines.pool(configuration.text("pool_label") or "")
    for side in SIDES:
        if pool in configuration.texts(f"{side}_pools"):
            _ = machines.taints
            sides[side].append(machines)


def _taints(
    machines: Machines, other: str, others: Iterable[Machines], configuration: Properties
) -> Iterator[Violation]:
    shared = configuration.texts("shared_taints")
    own = [taint for taint in machines.taints if taint.keeps_off and taint.key not in shared]
    if not own:
        yield Violation(
            f"has no taint that keeps {other} pods off",
            "add a NoSchedule taint whose value is the pool",
            machines.taints_path,
            machines.resource,
        )
    for neighbour in others:
        theirs = {(taint.key, taint.value) for taint in neighbour.taints if taint.keeps_off}
        for taint in own:
            if (taint.key, taint.value) in theirs:
                yield Violation(
                    f"shares the taint {taint} with {neighbour.resource.name}, of {other}",
                    "give each pool's taint its own value",
                    machines.taints_path,
                    machines.resource,
                )


def _side(stack: Stack, placement: Placement, configuration: Properties) -> str | None:
    label = configuration.text("workload_label") or ""
    said, namespace = workload_of(stack, placement, label)
    if said is not None:
        return said if said in SIDES else None
    return next((side for side in SIDES if namespace in configuration.texts(f"{side}_namespaces")), None)


def _pods(
    stack: Stack, resource: Resource, sides: dict[str, list[Machines]], configuration: Properties
) -> Iterator[Violation]:
    if resource.kind == "DaemonSet":
        return
    for placement in placements(resource):
        side = _side(stack, placement, configuration)
        for machines in sides[SIDES[side]] if side else ():
            if any(taint.keeps_off for taint in machines.taints) and passes(placement.tolerations(), machines.taints):
                yield Violation(
                    f"its {side} pods tolerate every taint of {machines.resource.name}, of {SIDES[side or '']}",
                    "name key and value of the pool's own taint in the toleration",
                    placement.properties.at("tolerations"),
                    resource,
                )


def _pools_in_values(stack: Stack, resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at releases of the charts that take a pool's name and make the tolerations of it."""
    if Release(resource).chart_name not in configuration.texts("charts_with_pool"):
        return
    side = _side(stack, Placement(resource, Properties({}), Properties({}), in_values=True), configuration)
    for mapping in mappings(resource.properties.value("values"), "values") if side else ():
        try:
            pool = mapping.text("pool")
        except Undecided:
            continue
        if pool in configuration.texts(f"{SIDES[side or '']}_pools"):
            yield Violation(
                f"puts {side} pods on the pool {pool!r}", f"choose a pool of {side}", mapping.at("pool"), resource
            )


def _texts(description: str, default: list[str]) -> dict[str, object]:
    return texts(description, default)


POLICY = StackPolicy(
    name="training-and-inference-taints-differ",
    description="Training and inference pools share no taint, and no pod of one side tolerates the other's.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "pool_label": {"type": "string", "description": "Label of nodes: pool.", "default": "llm-platform/pool"},
            "workload_label": {
                "type": "string",
                "description": "Label of pods or namespaces that says training or inference.",
                "default": "llm-platform/workload",
            },
            "training_pools": _texts("Pools that train.", ["training"]),
            "inference_pools": _texts("Pools that serve.", ["inference", "spot"]),
            "training_namespaces": _texts("Namespaces that train, where no label says so.", ["training"]),
            "inference_namespaces": _texts("Namespaces that serve, where no label says so.", ["serving", "inference"]),
            "shared_taints": _texts("Keys of taints that say something else.", ["llm-platform/interruptible"]),
            "charts_with_pool": _texts(
                "Charts that make tolerations of a value `pool`.", ["model-server", "embedding"]
            ),
        }
    ),
    validate=validate,
)
