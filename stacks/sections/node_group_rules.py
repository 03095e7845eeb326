"""Rules of each node group: sizes, zones, and instance types that fit the pool, the image and one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from catalogue.compatibility import load_compatibility
from catalogue.instance_types import InstanceType, load_instance_types
from stacks.closeness import did_you_mean, listed
from stacks.sections.node_groups import (
    InferenceGroupSettings,
    NodeRange,
    SpotGroupSettings,
    SystemGroupSettings,
    TrainingGroupSettings,
)
from stacks.sections.section import Broken, Path, Unread

if TYPE_CHECKING:
    from stacks.settings import Settings

SPOT_TYPES = 3
"""With fewer types one interruption takes the whole pool: the capacity behind a type goes away together."""


def groups(settings: Settings) -> Iterator[tuple[Path, NodeRange]]:
    """Every node group that was read, with where it stands."""
    pools = settings.node_groups
    with suppress(Unread):
        yield ("node_groups", "system"), pools.system
    for pool in ("training", "inference", "spot"):
        try:
            members = getattr(pools, pool)
        except Unread:
            continue
        for index, group in enumerate(members):
            yield ("node_groups", pool, index), group


def _type_names(group: NodeRange) -> dict[Path, str]:
    if isinstance(group, TrainingGroupSettings):
        return {("instance_type",): group.instance_type}
    assert isinstance(group, SystemGroupSettings | InferenceGroupSettings)  # noqa: S101 - narrows
    return {("instance_types", index): name for index, name in enumerate(group.instance_types)}


def _pool(path: Path) -> str:
    return str(path[1])


def _driver(instance: InstanceType) -> str:
    """What the AMI type of an accelerated instance type has in its name: architecture and driver."""
    architecture = "ARM_64" if instance.architecture == "arm64" else "x86_64"
    nvidia = instance.accelerator is not None and instance.accelerator.manufacturer == "nvidia"
    return f"{architecture}_{'NVIDIA' if nvidia else 'NEURON'}"


def sizes(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """min_nodes <= desired_nodes <= max_nodes."""
    if group.min_nodes > group.max_nodes:
        message = f"greater than max_nodes, which is {group.max_nodes}"
        yield Broken((*path, "min_nodes"), group.min_nodes, message)
    elif not group.min_nodes <= group.desired_nodes <= group.max_nodes:
        message = f"allowed: from min_nodes to max_nodes, here {group.min_nodes} to {group.max_nodes}"
        yield Broken((*path, "desired_nodes"), group.desired_nodes, message)


def group_zones(settings: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """A group's zones are among the network's, each once."""
    allowed = settings.network.zones
    if isinstance(group, TrainingGroupSettings):
        wanted: dict[Path, str] = {("zone",): group.zone}
    else:
        assert isinstance(group, SystemGroupSettings | InferenceGroupSettings)  # noqa: S101 - narrows
        wanted = {("zones", index): zone for index, zone in enumerate(group.zones)}
    for key, zone in wanted.items():
        if zone not in allowed:
            yield Broken((*path, *key), zone, f"not in network.zones; allowed: {listed(allowed)}")
    for zone, count in Counter(wanted.values()).items():
        if count > 1:
            yield Broken((*path, "zones"), list(wanted.values()), f"'{zone}' is listed {count} times")


def system_spread(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """The system pool always stands, in two zones or more."""
    if not isinstance(group, SystemGroupSettings):
        return
    if group.min_nodes == 0:
        yield Broken(
            (*path, "min_nodes"), 0, "add-ons and the autoscaler itself run here; allowed: 1 or more"
        )
    if len(set(group.zones)) < 2:  # noqa: PLR2004 - one zone can fail
        yield Broken((*path, "zones"), group.zones, "the system pool needs two zones or more")


def accelerators(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """System nodes have no accelerator; all others have one."""
    for key, name in _type_names(group).items():
        accelerator = load_instance_types()[name].accelerator
        if _pool(path) == "system" and accelerator is not None:
            idle = f"{accelerator.count} {accelerator.name}"
            message = f"has {idle}, which system pods would leave idle; choose a type without"
            yield Broken((*path, *key), name, message)
        elif _pool(path) != "system" and accelerator is None:
            yield Broken(
                (*path, *key),
                name,
                f"has no accelerator; {_pool(path)} groups take GPU types such as 'g6.xlarge'",
            )


def alike(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """The types of one group are of one architecture and have the same number of GPUs, each type once."""
    names = list(_type_names(group).values())
    catalogue = load_instance_types()
    architectures = {name: catalogue[name].architecture for name in names}
    if len(set(architectures.values())) > 1:
        seen = ", ".join(f"{name} is {architecture}" for name, architecture in architectures.items())
        yield Broken((*path, "instance_types"), names, f"one group has one architecture, but {seen}")
    # The autoscaler takes the first type for all: https://docs.aws.amazon.com/eks/latest/best-practices/cas.html
    counts = {name: accelerator.count for name in names if (accelerator := catalogue[name].accelerator)}
    if len(set(counts.values())) > 1:
        seen = ", ".join(f"{name} has {count}" for name, count in counts.items())
        yield Broken(
            (*path, "instance_types"),
            names,
            f"the autoscaler needs the same number of GPUs in one group, but {seen}",
        )
    for name, count in Counter(names).items():
        if count > 1:
            yield Broken((*path, "instance_types"), names, f"'{name}' is listed {count} times")


def image(settings: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """The image is one of the Kubernetes version's, with the instance types' driver and architecture."""
    catalogue, names = load_instance_types(), _type_names(group)
    if isinstance(group, SystemGroupSettings):
        for key, name in names.items():
            if catalogue[name].architecture == "arm64":
                yield Broken(
                    (*path, *key), name, "arm64, and the system image is x86_64; choose an x86_64 type"
                )
        return
    assert isinstance(group, TrainingGroupSettings | InferenceGroupSettings)  # noqa: S101 - narrows
    images = _images(settings)
    for name in names.values():
        driver = _driver(catalogue[name])
        if catalogue[name].accelerator is not None and driver not in group.ami_type:
            fitting = listed(ami for ami in images if driver in ami)
            yield Broken((*path, "ami_type"), group.ami_type, f"does not fit '{name}'; allowed: {fitting}")
            return
    if group.ami_type not in images:
        version = settings.cluster.kubernetes_version
        message = f"not an image of Kubernetes {version}; allowed: {listed(images)}"
        yield Broken((*path, "ami_type"), group.ami_type, message)


def _images(settings: Settings) -> tuple[str, ...]:
    return tuple(load_compatibility().kubernetes_versions[settings.cluster.kubernetes_version].ami_types)


def efa(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """EFA needs an instance type that has it."""
    if not isinstance(group, TrainingGroupSettings) or not group.efa:
        return
    if not load_instance_types()[group.instance_type].efa_interfaces:
        with_efa = [
            name
            for name, known in load_instance_types().items()
            if known.efa_interfaces and known.accelerator
        ]
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
            message = (
                f"EC2 sells no capacity blocks of '{group.instance_type}'; use 'on-demand' or 'reservation'"
            )
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


RULES = (
    sizes,
    group_zones,
    system_spread,
    accelerators,
    alike,
    image,
    efa,
    capacity,
    spot_types,
    floor,
)
