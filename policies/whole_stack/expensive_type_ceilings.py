"""Machines of each expensive type stay within that type's ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.accelerators import accelerator_of
from policies.endpoints import CONFIGURATION, variants_of
from policies.instance_facts import facts_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import Machines, NodePool, machines_in
from policies.reading import Properties
from policies.resources import Resource, Stack


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Add up how many machines of each type there may be: a group of several types may be all of one."""
    found: dict[str, dict[str, float]] = {}

    def add(type_: str, resource: Resource, most: float | None) -> None:
        if most:
            shares = found.setdefault(type_, {})
            shares[resource.name] = shares.get(resource.name, 0) + most

    def add_machines(machines: Machines) -> Iterator[Violation]:
        for type_ in dict.fromkeys(machines.types):
            add(type_, machines.resource, _most(machines, type_))
        yield from ()

    def add_variants(endpoint: Resource) -> Iterator[Violation]:
        for variant in variants_of(stack, endpoint):
            add(variant.type_, endpoint, variant.max_instances)
        yield from ()

    yield from each(machines_in(stack), add_machines)
    yield from each(stack.of_type(CONFIGURATION), add_variants)
    ceilings = {
        type_: configuration.number("instance_types", type_) or 0
        for type_ in configuration.inner("instance_types").keys()  # noqa: SIM118 - leaves out nulls
    }
    threshold = configuration.number("usd_per_hour") or 0
    for type_, shares in sorted(found.items()):
        most = sum(shares.values())
        listed = ", ".join(f"{name} {count:g}" for name, count in sorted(shares.items()))
        ceiling = next((ceilings[each] for each in ceilings if fnmatchcase(type_, each)), None)
        if ceiling is not None and most > ceiling:
            fault = f"may have {most:g} machines of type {type_} ({listed}), above the ceiling of {ceiling:g}"
            remedy = "lower the maximum of one of them, or have the ceiling raised"
            yield Violation(fault, f"{remedy}: configuration.{POLICY.name}.instance_types.{type_}")
        elif ceiling is None and (price := _price(type_, threshold)):
            fault = (
                f"may have {most:g} machines of type {type_} ({listed}), which {price}, and no ceiling is set for it"
            )
            remedy = f"set llm-platform:policies.configuration.{POLICY.name}.instance_types.{type_} in the stack file"
            yield Violation(fault, remedy)


def _price(type_: str, threshold: float) -> str:
    """Return what makes a type an expensive one; empty for one that is not."""
    facts = facts_of(type_)
    if facts is None or facts.usd_per_hour is None:
        return "has accelerators and no known price" if accelerator_of(type_) else ""
    return f"costs {facts.usd_per_hour:g} USD an hour" if facts.usd_per_hour > threshold else ""


def _most(machines: Machines, type_: str) -> float | None:
    """Return how many of one type a group may have at most; None where nothing limits it, another policy's matter."""
    limits = [] if machines.max_nodes is None else [machines.max_nodes]
    facts = facts_of(type_)
    if isinstance(machines, NodePool) and facts and facts.resource:
        limit = machines.limit(facts.resource)
        limits += [] if limit is None else [limit // facts.accelerators]
    return min(limits, default=None)


POLICY = StackPolicy(
    name="expensive-type-ceilings",
    description="Every expensive instance type has a ceiling in the stack file, and its machines stay within it.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "instance_types": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 0},
                "description": "Most machines by instance type: {p5.48xlarge: 12}; * stands for anything.",
                "default": {},
            },
            "usd_per_hour": {
                "type": "number",
                "minimum": 0,
                "description": "Price on demand above which a type needs a ceiling.",
                "default": 20,
            },
        }
    ),
    validate=validate,
)
