"""All GPUs that the stack may come to have stay within its ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.endpoints import CONFIGURATION, variants_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import Machines, machines_in
from policies.reading import Properties
from policies.resources import Resource, Stack

ELSEWHERE: Final = "elsewhere"
"""Where machines belong that are of no pool: dedicated hosts, instances and endpoints."""


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Add up what each group of machines may have at most; a NodePool without a limit is another policy's matter."""
    found: dict[str, dict[str, float]] = {}

    def add(resource: Resource, pool: str, gpus: float) -> None:
        if gpus:
            shares = found.setdefault(pool, {})
            shares[resource.name] = shares.get(resource.name, 0) + gpus

    def add_machines(machines: Machines) -> Iterator[Violation]:
        add(machines.resource, machines.pool() or ELSEWHERE, machines.max_gpus or 0)
        yield from ()

    def add_variants(endpoint: Resource) -> Iterator[Violation]:
        for variant in variants_of(stack, endpoint):
            add(endpoint, ELSEWHERE, variant.max_gpus)
        yield from ()

    yield from each(machines_in(stack), add_machines)
    yield from each(stack.of_type(CONFIGURATION), add_variants)
    ceiling = configuration.number("gpus")
    everything: dict[str, float] = {}
    for shares in found.values():
        for name, gpus in shares.items():
            everything[name] = everything.get(name, 0) + gpus
    if everything and ceiling is None:
        remedy = f"set llm-platform:policies.configuration.{POLICY.name}.gpus in the stack file, 0 for none"
        yield Violation(f"may have {_listed(everything)}, and no ceiling is set", remedy)
    elif ceiling is not None and sum(everything.values()) > ceiling:
        yield _above("", everything, ceiling, "gpus")
    for pool in configuration.inner("pools").keys():  # noqa: SIM118 - not a mapping: keys() leaves out nulls
        most = configuration.number("pools", pool) or 0
        if sum(found.get(pool, {}).values()) > most:
            yield _above(f" in pool {pool}", found[pool], most, f"pools.{pool}")


def _above(where: str, gpus: dict[str, float], ceiling: float, key: str) -> Violation:
    remedy = f"lower the maximum of one of them, or have the ceiling raised: configuration.{POLICY.name}.{key}"
    return Violation(f"may have {_listed(gpus)}{where}, above the ceiling of {ceiling:g}", remedy)


def _listed(gpus: dict[str, float]) -> str:
    shares = ", ".join(
        f"{name} {count:g}" for name, count in sorted(gpus.items(), key=lambda item: (-item[1], item[0]))
    )
    return f"{sum(gpus.values()):g} GPUs ({shares})"


POLICY = StackPolicy(
    name="gpu-ceiling",
    description="All GPUs that the stack may come to have stay within the ceiling that its stack file sets.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "gpus": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": "Most GPUs of the stack; null where it has none and must say so before it has one.",
                "default": None,
            },
            "pools": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 0},
                "description": "Most GPUs of single pools: {training: 64}; `elsewhere` is what belongs to no pool.",
                "default": {},
            },
        }
    ),
    validate=validate,
)
