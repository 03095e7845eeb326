"""Capacity that is reserved, and so paid for, is what machines are started in."""

from __future__ import annotations

from collections.abc import Iterator

from policies.node_requirements import capacity_types, requirements
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import (
    INSTANCE,
    LAUNCH_TEMPLATE,
    NODE_CLASS,
    NODE_POOL,
    groups_with,
    machines_in,
)
from policies.reading import Properties
from policies.resources import Resource, Stack

RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
BLOCK = "aws:ec2/capacityBlockReservation:CapacityBlockReservation"
SPECIFICATION = "capacityReservationSpecification"
TARGET = f"{SPECIFICATION}.capacityReservationTarget"
TERMS = "spec.capacityReservationSelectorTerms"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at reservations from their side, then at what says that it uses one."""
    yield from each(stack.of_type(RESERVATION, BLOCK), lambda one: _reservation(stack, one))
    yield from each(stack.of_type(LAUNCH_TEMPLATE), lambda one: _template(stack, one))
    yield from each(stack.of_type(NODE_CLASS), lambda one: _class(stack, one))
    yield from _groups(stack, configuration)


def _reservation(stack: Stack, reservation: Resource) -> Iterator[Violation]:
    if reservation.type == RESERVATION and reservation.properties.text("instanceMatchCriteria") != "targeted":
        yield Violation(
            "takes in any instance of its type (instanceMatchCriteria is not 'targeted')",
            "set instanceMatchCriteria to targeted, so that it is kept for whoever names it",
            "instanceMatchCriteria",
            reservation,
        )
    users = [
        *stack.referring(reservation, SPECIFICATION, LAUNCH_TEMPLATE, INSTANCE, names=()),
        *stack.referring(
            reservation,
            f"{TARGET}.capacityReservationId",
            LAUNCH_TEMPLATE,
            INSTANCE,
            names=("id", "capacityReservationId"),
        ),
        *stack.referring(reservation, "spec", NODE_CLASS, names=()),
        *stack.referring(reservation, "resourceArn", "aws:resourcegroups/resource:Resource", names=("arn",)),
        *(one for one in stack.of_type(NODE_CLASS) if _selects(one, reservation)),
    ]
    if not users:
        yield Violation(
            "is paid for and nothing starts machines in it",
            "target it in a launch template or in a node class' capacityReservationSelectorTerms, or remove it",
            resource=reservation,
        )


def _selects(node_class: Resource, reservation: Resource) -> bool:
    id_ = reservation.properties.text("id")
    return id_ is not None and any(term.text("id") == id_ for term in node_class.properties.inners(TERMS))


def _template(stack: Stack, template: Resource) -> Iterator[Violation]:
    block = template.properties.text("instanceMarketOptions.marketType") == "capacity-block"
    target = template.properties.inner(TARGET)
    targeted = target.has("capacityReservationId") or target.has("capacityReservationResourceGroupArn")
    if block and not targeted:
        yield Violation(
            "buys from a capacity block and names none", "name it in capacityReservationTarget", TARGET, template
        )
    users = [*groups_with(stack, template), *_others_with(stack, template)]
    if targeted and not users:
        yield Violation(
            "targets a reservation and no machines are started from it",
            "use it in a node group, or give the reservation up",
            TARGET,
            template,
        )
    preference = template.properties.text(SPECIFICATION, "capacityReservationPreference")
    if targeted and preference not in (None, "capacity-reservations-only"):
        yield Violation(
            f"targets a reservation and has the preference {preference!r}",
            "leave capacityReservationPreference out, or set it to capacity-reservations-only",
            f"{SPECIFICATION}.capacityReservationPreference",
            template,
        )


def _others_with(stack: Stack, template: Resource) -> list[Resource]:
    return stack.referring(template, "launchTemplate", INSTANCE, "aws:autoscaling/group:Group", names=())


def _class(stack: Stack, node_class: Resource) -> Iterator[Violation]:
    if node_class.properties.count(TERMS) == 0:
        return
    name = node_class.properties.text("metadata.name")
    pools = [
        pool
        for pool in stack.of_type(NODE_POOL)
        if pool.properties.text("spec.template.spec.nodeClassRef.name") == name and _starts_reserved(pool)
    ]
    if not pools:
        yield Violation(
            "selects reservations, and no NodePool of it may start machines with capacity type 'reserved'",
            "add reserved to the NodePool's karpenter.sh/capacity-type",
            TERMS,
            node_class,
        )


def _starts_reserved(pool: Resource) -> bool:
    return "reserved" in capacity_types(requirements(pool.properties.inner("spec.template.spec")))


def _groups(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    label, value = configuration.text("capacity_label") or "", configuration.text("reserved") or ""
    for machines in machines_in(stack):
        template = machines.template
        yield from each([machines.resource], lambda one: _group(one, template, label, value))  # noqa: B023 - called at once


def _group(group: Resource, template: Resource | None, label: str, value: str) -> Iterator[Violation]:
    block = group.properties.text("capacityType") == "CAPACITY_BLOCK"
    if not block and group.properties.inner("labels").entry(label) != value:
        return
    if template is None and group.properties.has("launchTemplate"):
        return  # of another stack: not seen here
    if template is None or not template.properties.inner(TARGET).keys():
        yield Violation(
            f"is of {'capacity type CAPACITY_BLOCK' if block else f'{label}={value}'} and targets no reservation",
            f"name the reservation in {TARGET} of its launch template",
            "launchTemplate",
            group,
        )


POLICY = StackPolicy(
    name="capacity-reservations-are-used",
    description="Reserved capacity is targeted by machines, and machines that say they are reserved target it.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "capacity_label": {
                "type": "string",
                "description": "Label that says how nodes are bought.",
                "default": "llm-platform/capacity",
            },
            "reserved": {"type": "string", "description": "Its value for reserved ones.", "default": "reserved"},
        }
    ),
    validate=validate,
)
