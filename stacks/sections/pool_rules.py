"""Rules of the training and spot pools: how their nodes are bought, and what EFA and spot capacity ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalogue.instance_types import load_instance_types
from stacks.closeness import did_you_mean, listed
from stacks.sections.node_groups import NodeRange, SpotGroupSettings, TrainingGroupSettings
from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings

SPOT_TYPES = 3
"""With fewer types one interruption takes the whole pool: the capacity behind a type goes away together."""


def efa(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """EFA needs an instance type that has it."""
    if not isinstance(group, TrainingGroupSettings) or not group.efa:
        return
    if not load_instance_types()[group.instance_type].efa_interfaces:
        with_efa = [name for name, known in load_instance_types().items() if known.efa_interfaces and known.accelerator]
        yield Broken(
            (*path, "efa"),
            True,
            f"'{group.instance_type}' has no EFA; types with it include {listed(sorted(with_efa)[:3])}",
        )


def capacity(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """A reservation is named where one is used; a capacity block ends, so its group can go down to zero."""
    if not isinstance(group, TrainingGroupSettings):
        return
    kind, reservation = group.capacity.kind, group.capacity.reservation_id
    at = (*path, "capacity", "reservation_id")
    if kind == "on-demand" and reservation is not None:
        yield Broken(
            at,
            reservation,
            "only with capacity.kind 'reservation' or 'capacity-block', here it is 'on-demand'",
        )
    if kind != "on-demand" and reservation is None:
        yield Broken(at, None, f"required with capacity.kind '{kind}': an id such as 'cr-0123456789abcdef0'")
    if kind == "capacity-block":
        if "capacity-block" not in load_instance_types()[group.instance_type].usage_classes:
            message = f"EC2 sells no capacity blocks of '{group.instance_type}'; use 'on-demand' or 'reservation'"
            yield Broken((*path, "capacity", "kind"), kind, message)
        if group.min_nodes:
            message = "a capacity block ends and then no node can stand; allowed with 'capacity-block': 0"
            yield Broken((*path, "min_nodes"), group.min_nodes, message)


def spot_types(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """A spot pool has three different instance types or more, all of them sold as spot."""
    if not isinstance(group, SpotGroupSettings):
        return
    if len(set(group.instance_types)) < SPOT_TYPES:
        yield Broken((*path, "instance_types"), group.instance_types, "needs at least three instance types")
    for index, name in enumerate(group.instance_types):
        if "spot" not in load_instance_types()[name].usage_classes:
            yield Broken((*path, "instance_types", index), name, "EC2 does not sell this type as spot")


def floor(settings: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """What stays when spot goes away is kept by an inference group that is large enough."""
    if not isinstance(group, SpotGroupSettings):
        return
    inference = {member.name: member for member in settings.node_groups.inference}
    wanted = group.on_demand_floor
    keeper = inference.get(wanted.group)
    if keeper is None:
        known = f"allowed: {listed(inference)}" if inference else "there is none in node_groups.inference"
        message = f"not an inference group; {known}{did_you_mean(wanted.group, inference)}"
        yield Broken((*path, "on_demand_floor", "group"), wanted.group, message)
    elif wanted.min_nodes > keeper.min_nodes:
        kept = f"inference group '{wanted.group}' keeps only {keeper.min_nodes}"
        message = f"{kept}; raise its min_nodes, or lower this"
        yield Broken((*path, "on_demand_floor", "min_nodes"), wanted.min_nodes, message)


RULES = (efa, capacity, spot_types, floor)
