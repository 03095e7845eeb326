"""What a node of an instance type has, and what of it pods can have, as an EKS node states them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from catalogue.data_file import Record, read_yaml, validate
from catalogue.instance_types import InstanceType

RESERVES_FILE: Final = Path(__file__).with_name("node-reserves.yaml")
EFA_RESOURCE: Final = "vpc.amazonaws.com/efa"
MIB_PER_GIB: Final = 1024

Share = Annotated[float, Field(ge=0, lt=1)]


class CpuShare(Record):
    """The share of the cores up to one that the kubelet keeps."""

    to_core: int | None
    share: Share


class KubeReserved(Record):
    """What the kubelet keeps for itself and the container runtime."""

    cpu_shares: Annotated[tuple[CpuShare, ...], Field(strict=False, min_length=1)]
    memory_mib: int
    memory_mib_per_pod: int
    ephemeral_storage_gib: int
    source: str


class Eviction(Record):
    """What the kubelet keeps free by evicting pods."""

    memory_mib: int
    disk_share: Share
    source: str


class Machine(Record):
    """What hypervisor and kernel take before the kubelet sees the machine."""

    memory_share: Share
    source: str


class NodeReserves(Record):
    """The whole file."""

    as_of: date
    kube_reserved: KubeReserved
    eviction: Eviction
    machine: Machine


@cache
def load_node_reserves() -> NodeReserves:
    """The figures that the project ships."""
    return validate(RESERVES_FILE, read_yaml(RESERVES_FILE), NodeReserves)


@dataclass(frozen=True)
class NodeCapacity:
    """Resources of a node as its status has them: names to quantities."""

    capacity: Mapping[str, str]
    allocatable: Mapping[str, str]


def node_capacity(
    instance_type: InstanceType,
    disk_gib: int,
    *,
    efa_interfaces: int = 0,
    gpu_resources: Mapping[str, str] | None = None,
) -> NodeCapacity:
    """Return what a node of the type has with a root disk of `disk_gib`.

    Accelerators are there as if the device plugin ran, `gpu_resources` in their place where MIG divides them; EFA
    interfaces only where they were attached.
    """
    reserves = load_node_reserves()
    pods = instance_type.pods_with_prefix_delegation
    memory_mib = math.floor(instance_type.memory_gib * MIB_PER_GIB * (1 - reserves.machine.memory_share))
    kept_mib = (
        reserves.kube_reserved.memory_mib
        + reserves.kube_reserved.memory_mib_per_pod * pods
        + reserves.eviction.memory_mib
    )
    disk_mib = disk_gib * MIB_PER_GIB
    free_disk_mib = math.floor(disk_mib * (1 - reserves.eviction.disk_share))
    devices: dict[str, str] = {"pods": str(pods)}
    if gpu_resources is not None:
        devices |= gpu_resources
    elif instance_type.accelerator is not None:
        devices[instance_type.accelerator.resource_name] = str(instance_type.accelerator.count)
    if efa_interfaces:
        devices[EFA_RESOURCE] = str(efa_interfaces)
    return NodeCapacity(
        capacity={
            "cpu": str(instance_type.vcpus),
            "memory": f"{memory_mib}Mi",
            "ephemeral-storage": f"{disk_mib}Mi",
            **devices,
        },
        allocatable={
            "cpu": f"{instance_type.vcpus * 1000 - kept_millicores(instance_type.vcpus)}m",
            "memory": f"{memory_mib - kept_mib}Mi",
            "ephemeral-storage": f"{free_disk_mib - reserves.kube_reserved.ephemeral_storage_gib * MIB_PER_GIB}Mi",
            **devices,
        },
    )


def kept_millicores(cores: int) -> int:
    """Return the CPU that the kubelet keeps on a machine with so many cores."""
    kept, seen = 0.0, 0
    for step in load_node_reserves().kube_reserved.cpu_shares:
        upto = cores if step.to_core is None else min(cores, step.to_core)
        kept += max(0, upto - seen) * 1000 * step.share
        seen = max(seen, upto)
    return math.ceil(round(kept, 6))
