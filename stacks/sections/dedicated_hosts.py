"""The section `dedicated_hosts`: physical servers of our own, and the GPU instances on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from catalogue.gpu_machines import load_gpu_machines
from catalogue.instance_types import load_instance_types
from stacks.aws_choices import named
from stacks.closeness import listed
from stacks.sections.approval import ApprovalSettings
from stacks.sections.hybrid_nodes import GpuPool
from stacks.sections.section import Broken, Section
from stacks.value_types import AmiId, DiskGib, Flag, GroupName, InstanceTypeName, MigLayout, Whole, Zone

if TYPE_CHECKING:
    from stacks.settings import Settings


class DedicatedHostSettings(Section):
    """A group of EC2 dedicated hosts of one instance type in one zone."""

    name: GroupName
    """Name of the group, unique among all pools and dedicated hosts"""

    instance_type: InstanceTypeName
    """Instance type that each host holds"""

    pool: GpuPool
    """Which pool their nodes belong to, as labels and taints say"""

    mig_layout: MigLayout | None = None
    """How their GPUs are divided, such as 'all-1g.5gb'; left out they are whole"""

    zone: Zone
    """Zone of the hosts"""

    hosts: Annotated[int, Whole(1, 50, "hosts")]
    """How many hosts are allocated; each is paid for whether used or not"""

    instances_per_host: Annotated[int, Whole(1, 64, "instances")]
    """How many instances are started on each host"""

    auto_placement: Flag = False
    """Whether instances that name no host may land on these"""

    host_recovery: Flag = False
    """Whether EC2 moves the instances when a host fails; few families allow it"""

    ami_id: AmiId
    """Image of the instances, an AMI of the environment's region"""

    root_volume_gib: DiskGib
    """Root volume of each instance"""

    team: GroupName | None = None
    """Team that has them for itself and pays, as the tag of machines and disks says; the environment's when left out"""

    approval: ApprovalSettings | None = None
    """Who agreed to what the hosts cost; for expensive types"""


def host_types(_: Settings, index: int, group: DedicatedHostSettings) -> Iterator[Broken]:
    """EC2 allocates hosts of the type."""
    known = load_instance_types()
    if not known[group.instance_type].dedicated_host:
        having = [name for name, kind in known.items() if kind.dedicated_host and kind.gpus]
        family = group.instance_type.partition(".")[0]
        alike = [name for name in having if name.partition(".")[0] == family]
        message = f"EC2 has no dedicated hosts of this type; allowed: {listed(sorted(alike or having))}"
        yield Broken(("dedicated_hosts", index, "instance_type"), group.instance_type, message)


def known_machine(_: Settings, index: int, group: DedicatedHostSettings) -> Iterator[Broken]:
    """Ansible knows the type's GPUs: which driver they need, which checks."""
    known, types = load_gpu_machines().machines, load_instance_types()
    if types[group.instance_type].dedicated_host and group.instance_type not in known:
        having = [name for name in known if name in types and types[name].dedicated_host]
        family = group.instance_type.partition(".")[0]
        alike = [name for name in having if name.partition(".")[0] == family]
        message = f"catalogue/gpu-machines.yaml has no such machine; allowed: {listed(sorted(alike or having))}"
        yield Broken(("dedicated_hosts", index, "instance_type"), group.instance_type, message)


def host_zone(settings: Settings, index: int, group: DedicatedHostSettings) -> Iterator[Broken]:
    """Hosts stand in a zone of the network."""
    zones = settings.network.zones
    if group.zone not in zones:
        message = f"not in network.zones; allowed: {listed(zones)}"
        yield Broken(("dedicated_hosts", index, "zone"), group.zone, message)


def host_recovery(_: Settings, index: int, group: DedicatedHostSettings) -> Iterator[Broken]:
    """EC2 recovers the family."""
    if group.host_recovery and group.instance_type.partition(".")[0] not in named("host_recovery_families"):
        recovered = listed(named("host_recovery_families"))
        message = f"EC2 does not recover '{group.instance_type}', only {recovered}; allowed: false"
        yield Broken(("dedicated_hosts", index, "host_recovery"), True, message)


RULES = (host_types, known_machine, host_zone, host_recovery)
