"""Rules of each node group: sizes, zones, and instance types that fit the pool, the image and one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from catalogue.compatibility import load_compatibility
from catalogue.instance_types import load_instance_types
from stacks.closeness import listed
from stacks.sections.node_groups import (
    InferenceGroupSettings,
    NodeRange,
    SystemGroupSettings,
    TrainingGroupSettings,
)
from stacks.sections.pool_rules import RULES as POOL_RULES
from stacks.sections.section import Broken, Path, Unread

if TYPE_CHECKING:
    from stacks.settings import Settings


def groups(settings: Settings) -> Iterator[tuple[Path, NodeRange]]:
    """Every node group that was read, with where it stands."""
    with suppress(Unread):
        yield ("node_groups", "system"), settings.node_groups.system
    for pool in ("training", "inference", "spot"):
        members: tuple[NodeRange, ...] = ()
        with suppress(Unread):
            members = getattr(settings.node_groups, pool)
        for index, group in enumerate(members):
            yield ("node_groups", pool, index), group


def _type_names(group: NodeRange) -> dict[Path, str]:
    if isinstance(group, TrainingGroupSettings):
        return {("instance_type",): group.instance_type}
    assert isinstance(group, SystemGroupSettings | InferenceGroupSettings)  # noqa: S101 - narrows
    return {("instance_types", index): name for index, name in enumerate(group.instance_types)}


def _pool(path: Path) -> str:
    return str(path[1])


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
        yield Broken((*path, "min_nodes"), 0, "add-ons and the autoscaler itself run here; allowed: 1 or more")
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


def one_model(_: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """Inference groups have one GPU model: pods choose their node by it. Spot pools may mix."""
    if _pool(path) != "inference":
        return
    names = list(_type_names(group).values())
    models = {name: accelerator.name for name in names if (accelerator := load_instance_types()[name].accelerator)}
    if len(set(models.values())) > 1:
        seen = ", ".join(f"{name} has {model}" for name, model in models.items())
        message = f"pods choose inference nodes by their GPU model, so a group has one, but {seen}"
        yield Broken((*path, "instance_types"), names, message)


def image(settings: Settings, path: Path, group: NodeRange) -> Iterator[Broken]:
    """The image is one of the Kubernetes version's, with the instance types' driver and architecture."""
    catalogue, names = load_instance_types(), _type_names(group)
    if isinstance(group, SystemGroupSettings):
        for key, name in names.items():
            if catalogue[name].architecture == "arm64":
                yield Broken((*path, *key), name, "arm64, and the system image is x86_64; choose an x86_64 type")
        return
    assert isinstance(group, TrainingGroupSettings | InferenceGroupSettings)  # noqa: S101 - narrows
    lock = load_compatibility()
    version = settings.cluster.kubernetes_version
    images = lock.kubernetes_versions[version].ami_types
    for name in names.values():
        accelerator, architecture = catalogue[name].accelerator, catalogue[name].architecture
        if accelerator is None:
            continue
        driver = "nvidia" if accelerator.manufacturer == "nvidia" else "neuron"
        fitting = [
            image
            for image in images
            if (lock.ami_types[image].architecture, lock.ami_types[image].accelerator) == (architecture, driver)
        ]
        if group.ami_type not in fitting:
            message = f"not an image of Kubernetes {version} for '{name}'; allowed: {listed(fitting)}"
            yield Broken((*path, "ami_type"), group.ami_type, message)
            return


RULES = (
    sizes,
    group_zones,
    system_spread,
    accelerators,
    alike,
    one_model,
    image,
    *POOL_RULES,
)
