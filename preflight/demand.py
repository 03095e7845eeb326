"""What a stack file asks of EC2 at its peak: groups with their types and zones, vCPUs by quota family, hosts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from catalogue.instance_types import InstanceType, QuotaFamily, load_instance_types
from stacks.settings import Settings

Market = Literal["on-demand", "spot"]


@dataclass(frozen=True)
class Pool:
    """Nodes or hosts of one group."""

    name: str
    instance_types: tuple[str, ...]
    zones: tuple[str, ...]
    nodes: int
    """How many at the peak"""

    market: Market = "on-demand"
    counted: bool = True
    """Whether the nodes draw on a quota of vCPUs: capacity blocks and instances on dedicated hosts do not"""


@dataclass(frozen=True)
class Quota:
    """A quota of vCPUs."""

    code: str | None
    """Its code in Service Quotas; None where the catalogue knows none"""

    name: str
    market: Market

    @property
    def title(self) -> str:
        """Return name and code, as a person finds it in the console."""
        return f"{self.name} ({self.code})" if self.code else self.name


def pools(settings: Settings) -> tuple[Pool, ...]:
    """Return every group of the stack file."""
    groups = settings.node_groups
    system = groups.system
    return (
        Pool("system", tuple(system.instance_types), tuple(system.zones), system.max_nodes),
        *(
            Pool(
                group.name,
                (group.instance_type,),
                (group.zone,),
                group.max_nodes,
                counted=group.capacity.kind != "capacity-block",
            )
            for group in groups.training
        ),
        *(
            Pool(group.name, tuple(group.instance_types), tuple(group.zones), group.max_nodes)
            for group in groups.inference
        ),
        *(
            Pool(group.name, tuple(group.instance_types), tuple(group.zones), group.max_nodes, "spot")
            for group in groups.spot
        ),
        *(
            Pool(host.name, (host.instance_type,), (host.zone,), host.hosts, counted=False)
            for host in settings.dedicated_hosts
        ),
    )


def quota_of(family: QuotaFamily, market: Market) -> Quota:
    """Return the quota that instances of a family draw on."""
    if market == "spot":
        plain = family.name.removeprefix("Running On-Demand ").removesuffix(" instances")
        return Quota(family.spot_code, f"All {plain} Spot Instance Requests", market)
    return Quota(family.code, family.name, market)


def peak_vcpus(settings: Settings) -> Mapping[Quota, int]:
    """Return the vCPUs that are needed when every group stands at its maximum.

    A group with several types may get all its nodes of any one of them, so that each of its families needs room for
    the largest type of the family.
    """
    peak: defaultdict[Quota, int] = defaultdict(int)
    for pool in pools(settings):
        if not pool.counted:
            continue
        largest: dict[Quota, int] = {}
        for kind in (_type(name) for name in pool.instance_types):
            quota = quota_of(kind.quota_family, pool.market)
            largest[quota] = max(largest.get(quota, 0), kind.vcpus)
        for quota, vcpus in largest.items():
            peak[quota] += vcpus * pool.nodes
    return dict(peak)


def peak_nodes(settings: Settings) -> int:
    """Return how many nodes stand in the cluster at its peak."""
    hosts = {host.name for host in settings.dedicated_hosts}
    return sum(pool.nodes for pool in pools(settings) if pool.name not in hosts)


def peak_hosts(settings: Settings) -> Mapping[str, int]:
    """Return the dedicated hosts by instance family: g6 -> 2."""
    hosts: defaultdict[str, int] = defaultdict(int)
    for host in settings.dedicated_hosts:
        hosts[host.instance_type.partition(".")[0]] += host.hosts
    return dict(hosts)


def _type(name: str) -> InstanceType:
    return load_instance_types()[name]
