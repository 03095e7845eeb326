"""Which instance types a pool's nodes can be of: of its node groups, its Karpenter pools and its dedicated hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalogue.instance_types import load_instance_types
from components.naming import Pool

if TYPE_CHECKING:
    from stacks.settings import Settings


def pool_instance_types(settings: Settings, pool: Pool) -> tuple[str, ...]:
    """Types of a pool, the cheapest first; empty where nothing in the stack file makes such nodes."""
    groups = settings.node_groups
    names: set[str] = set()
    if pool == "system":
        names |= set(groups.system.instance_types)
    elif pool == "training":
        names |= {group.instance_type for group in groups.training}
    else:
        members = groups.inference if pool == "inference" else groups.spot
        names |= {name for group in members for name in group.instance_types}
    names |= {host.instance_type for host in settings.dedicated_hosts if host.pool == pool}
    names |= {name for entry in settings.node_pools if entry.pool == pool for name in entry.instance_types}
    return tuple(sorted(names, key=lambda name: (_price(name), name)))


def _price(name: str) -> float:
    """On-demand price; a type without one in the price list (a capacity block's) comes last."""
    price = load_instance_types()[name].on_demand_usd_per_hour
    return float("inf") if price is None else price
