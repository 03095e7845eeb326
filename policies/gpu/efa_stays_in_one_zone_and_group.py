"""Machines with EFA stand next to each other: in one zone, and in one cluster placement group or reservation."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import LAUNCH_TEMPLATE, groups_with
from policies.reading import Properties
from policies.resources import Resource, Stack

SUBNET = "aws:ec2/subnet:Subnet"
PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
TARGET = "capacityReservationSpecification.capacityReservationTarget"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at launch templates with EFA interfaces, and at the node groups that use them."""
    yield from each(stack.of_type(LAUNCH_TEMPLATE), lambda template: _template(stack, template, configuration))


def _template(stack: Stack, template: Resource, configuration: Properties) -> Iterator[Violation]:
    interfaces = template.properties.inners("networkInterfaces")
    if not any((one.text("interfaceType") or "").startswith("efa") for one in interfaces):
        return
    yield from each(groups_with(stack, template), lambda group: _group(stack, group))
    placement = template.properties.inner("placement")
    if placement.has("groupName") or placement.has("groupId"):
        yield from each(_placement_groups(stack, template), _strategy)
    elif not (configuration.flag("reservation_suffices") and template.properties.inner(TARGET).keys()):
        yield Violation(
            "has EFA interfaces and no placement group",
            "name a placement group of strategy cluster, or target a capacity reservation",
            "placement.groupName",
            template,
        )


def _placement_groups(stack: Stack, template: Resource) -> list[Resource]:
    found = {
        group.urn: group
        for group in stack.of_type(PLACEMENT_GROUP)
        for path, names in (
            ("placement", ()),
            ("placement.groupName", ("name",)),
            ("placement.groupId", ("placementGroupId",)),
        )
        if template in stack.referring(group, path, LAUNCH_TEMPLATE, names=names)
    }
    return list(found.values())


def _strategy(group: Resource) -> Iterator[Violation]:
    strategy = group.properties.text("strategy")
    if strategy != "cluster":
        yield Violation(
            f"takes in machines with EFA and has the strategy {strategy!r}",
            "set strategy to cluster: it puts machines close to each other",
            "strategy",
            group,
        )


def _group(stack: Stack, group: Resource) -> Iterator[Violation]:
    count = group.properties.count("subnetIds")
    if count != 1 and (len(zones := _zones(stack, group)) != 1 or None in zones):
        yield Violation(
            f"has machines with EFA in {count} subnets",
            "leave one subnet: EFA and a placement group end at the edge of a zone",
            "subnetIds",
            group,
        )


def _zones(stack: Stack, group: Resource) -> set[str | None]:
    """Return the zones of its subnets, None for one that is not known to the stack."""
    subnets = [one for one in stack.referred(group, "subnetIds") if one.type == SUBNET]
    if len(subnets) < group.properties.count("subnetIds"):
        ids = group.properties.texts("subnetIds")
        subnets = [one for one in stack.of_type(SUBNET) if one.properties.text("id") in ids]
        if len(subnets) < len(ids):
            return {None}
    return {subnet.properties.text("availabilityZone") for subnet in subnets}


POLICY = StackPolicy(
    name="efa-stays-in-one-zone-and-group",
    description="Machines with EFA stand in one zone, and in a cluster placement group or a reservation.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "reservation_suffices": {
                "type": "boolean",
                "description": "Whether a targeted reservation or capacity block stands for a placement group: "
                "machines stand where it was made, and one made outside a group can't be used in it.",
                "default": True,
            }
        }
    ),
    validate=validate,
)
