"""Judges a registration before it is created, in a preview (where much is unknown) as in an update."""

from __future__ import annotations

from rehearsal.checks import enumerations, references
from rehearsal.checks.rule import rules
from rehearsal.checks.world import World
from rehearsal.plan import Check, Fault, Registration


def judge(registration: Registration, world: World) -> list[Fault]:
    """Return every fault that AWS would find in it: references, the service's model, known refusals."""
    if not registration.custom:
        return []
    urn, at = registration.urn, registration.at
    faults = {
        Fault(urn, Check.REFERENCE, path, message, at=at)
        for path, message in references.unresolved(registration, world)
    }
    faults |= {Fault(urn, Check.REQUEST, path, message, at=at) for path, message in enumerations.outside(registration)}
    for rule in rules().get(registration.type, []):
        faults |= {
            Fault(urn, Check.RULE, path, message, rule.source, at) for path, message in rule.judge(registration, world)
        }
    for rule in rules().get("*", []):
        faults |= {
            Fault(urn, Check.RULE, path, message, rule.source, at) for path, message in rule.judge(registration, world)
        }
    return sorted(faults)


def judge_whole(world: World) -> list[Fault]:
    """Return what shows only when the program has run: policies that name what never came to stand."""
    return sorted(
        Fault(resource.registration.urn, Check.REFERENCE, path, message, at=resource.registration.at)
        for resource in world.resources()
        if resource.registration.custom
        for path, message in references.dangling(resource.registration, world)
    )
