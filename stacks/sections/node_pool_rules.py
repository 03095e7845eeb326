"""Rules of each Karpenter pool: limits, zones, and instance types that fit the pool and one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalogue.instance_types import Accelerator, load_instance_types
from stacks.closeness import listed
from stacks.sections.node_pools import NodePoolSettings
from stacks.sections.pool_rules import SPOT_TYPES
from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings


def _at(index: int, *key: str | int) -> Path:
    return ("node_pools", index, *key)


def _accelerators(pool: NodePoolSettings) -> dict[str, Accelerator]:
    """The accelerator of each type that has one."""
    kinds = {name: load_instance_types()[name].accelerator for name in pool.instance_types}
    return {name: accelerator for name, accelerator in kinds.items() if accelerator is not None}


def pool_name(settings: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """A pool's name is its own."""
    groups = settings.node_groups
    owners = {"system": "node_groups.system"}
    for kind in ("training", "inference", "spot"):
        owners |= {group.name: f"node_groups.{kind}[{i}]" for i, group in enumerate(getattr(groups, kind))}
    owners |= {host.name: f"dedicated_hosts[{i}]" for i, host in enumerate(settings.dedicated_hosts)}
    owners |= {other.name: f"node_pools[{i}]" for i, other in enumerate(settings.node_pools[:index])}
    if pool.name in owners:
        message = f"already the name of {owners[pool.name]}; names are unique across pools"
        yield Broken(_at(index, "name"), pool.name, message)


def karpenter(settings: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """Somebody buys the machines."""
    if index == 0 and "karpenter" not in settings.charts.releases:
        message = "nobody would buy its machines: charts.releases lacks 'karpenter'"
        yield Broken(_at(index, "name"), pool.name, message)


def zones(settings: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """Machines stand in the network's zones; those of a training job close together."""
    allowed = settings.network.zones
    for position, zone in enumerate(pool.zones):
        if zone not in allowed:
            yield Broken(_at(index, "zones", position), zone, f"not in network.zones; allowed: {listed(allowed)}")
        elif zone in pool.zones[:position]:
            yield Broken(_at(index, "zones", position), zone, "listed twice")
    if pool.pool == "training" and len(set(pool.zones)) > 1:
        message = "traffic between training nodes in two zones is slow and paid for; name one zone"
        yield Broken(_at(index, "zones"), pool.zones, message)


def kind_of_types(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """Types of the system pool have no accelerator, those of every other pool have one; each is listed once."""
    having = _accelerators(pool)
    for position, name in enumerate(pool.instance_types):
        at = _at(index, "instance_types", position)
        if pool.pool == "system" and name in having:
            idle = f"{having[name].count} {having[name].name}"
            yield Broken(at, name, f"has {idle}, which system pods would leave idle; choose a type without")
        elif pool.pool != "system" and name not in having:
            yield Broken(at, name, f"has no accelerator; {pool.pool} pools take GPU types such as 'g6.xlarge'")
    for name, count in Counter(pool.instance_types).items():
        if count > 1:
            yield Broken(_at(index, "instance_types"), pool.instance_types, f"'{name}' is listed {count} times")


def alike(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """One entry is one size of machine: else Karpenter puts one-GPU pods together on the largest."""
    at, names = _at(index, "instance_types"), pool.instance_types
    architectures = {name: load_instance_types()[name].architecture for name in names}
    if len(set(architectures.values())) > 1:
        seen = ", ".join(f"{name} is {architecture}" for name, architecture in architectures.items())
        yield Broken(at, names, f"one pool has one architecture, but {seen}")
    having = _accelerators(pool)
    if len({accelerator.count for accelerator in having.values()}) > 1:
        seen = ", ".join(f"{name} has {accelerator.count}" for name, accelerator in having.items())
        message = f"one-GPU pods would share the largest machine, which costs more; make a pool per size: {seen}"
        yield Broken(at, names, message)
    if len({accelerator.resource_name for accelerator in having.values()}) > 1:
        seen = ", ".join(f"{name} has {accelerator.resource_name}" for name, accelerator in having.items())
        yield Broken(at, names, f"one pool has one kind of accelerator, but {seen}")
    elif pool.pool == "inference" and len({accelerator.name for accelerator in having.values()}) > 1:
        seen = ", ".join(f"{name} has {accelerator.name}" for name, accelerator in having.items())
        yield Broken(at, names, f"pods choose inference nodes by their GPU model, so a pool has one, but {seen}")


def spot_types(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """A spot pool has three different instance types or more, all of them sold as spot; others sell on demand."""
    wanted = "spot" if pool.pool == "spot" else "on-demand"
    if pool.pool == "spot" and len(set(pool.instance_types)) < SPOT_TYPES:
        yield Broken(_at(index, "instance_types"), pool.instance_types, "needs at least three instance types")
    for position, name in enumerate(pool.instance_types):
        if wanted not in load_instance_types()[name].usage_classes:
            yield Broken(_at(index, "instance_types", position), name, f"EC2 does not sell this type as {wanted}")


def limit(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """A pool has its limit, in what is scarce there, and it allows one machine at least."""
    key, other = ("max_cpus", "max_gpus") if pool.pool == "system" else ("max_gpus", "max_cpus")
    if getattr(pool, other) is not None:
        message = f"the limit of a {pool.pool} pool is {key}; remove this key"
        yield Broken(_at(index, other), getattr(pool, other), message)
    wanted: int | None = getattr(pool, key)
    if wanted is None:
        yield Broken(_at(index, key), None, f"required: the most that the pool's machines may have together ({key})")
        return
    catalogue = load_instance_types()
    having = _accelerators(pool)
    sizes = {name: catalogue[name].vcpus for name in pool.instance_types}
    if key == "max_gpus":
        sizes = {name: accelerator.count for name, accelerator in having.items()}
    if sizes and wanted < min(sizes.values()):
        smallest = min(sizes, key=lambda name: sizes[name])
        yield Broken(_at(index, key), wanted, f"not even one machine: '{smallest}' has {sizes[smallest]}")


def running_jobs(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """A training job is not moved to save money, nor ended for its machine's age."""
    if pool.pool != "training":
        return
    if pool.consolidation.policy != "when-empty":
        message = "would interrupt running jobs; allowed for training: 'when-empty'"
        yield Broken(_at(index, "consolidation", "policy"), pool.consolidation.policy, message)
    if pool.expire_after_days is not None:
        message = "would end the job that runs then; leave it out for training (an empty machine is given back anyway)"
        yield Broken(_at(index, "expire_after_days"), pool.expire_after_days, message)


def image(_: Settings, index: int, pool: NodePoolSettings) -> Iterator[Broken]:
    """The image has the accelerator's driver, and the version is one of its family's."""
    if pool.ami_family == "bottlerocket" and any(a.manufacturer == "aws" for a in _accelerators(pool).values()):
        message = "Bottlerocket's images for Neuron are not known to the platform; allowed: 'al2023'"
        yield Broken(_at(index, "ami_family"), pool.ami_family, message)
    dated = "." not in pool.ami_version
    if pool.ami_version != "latest" and dated != (pool.ami_family == "al2023"):
        example = "v20260715" if pool.ami_family == "al2023" else "v1.54.0"
        message = f"no release of {pool.ami_family}; allowed: 'latest', or such as '{example}'"
        yield Broken(_at(index, "ami_version"), pool.ami_version, message)


RULES = (pool_name, karpenter, zones, kind_of_types, alike, spot_types, limit, running_jobs, image)
