"""What an environment's name and its data ask of every section: prod, staging, restricted data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.sections.section import Broken

if TYPE_CHECKING:
    from stacks.settings import Settings

PROD_ZONES = 3
AUDIT_DAYS = 90
"""What restricted data keeps of flow logs, control-plane logs and locked audit logs at least."""


def prod_network(settings: Settings) -> Iterator[Broken]:
    """Prod outlives a zone."""
    if settings.ownership.environment != "prod":
        return
    network = settings.network
    if len(set(network.zones)) < PROD_ZONES:
        yield Broken(("network", "zones"), network.zones, f"prod needs three zones; it has {len(set(network.zones))}")
    if network.adopt is None and network.nat == "single":
        yield Broken(
            ("network", "nat"),
            network.nat,
            "one zone's failure would cut off the others; allowed in prod: 'per-zone' or 'none'",
        )


def prod_system(settings: Settings) -> Iterator[Broken]:
    """Prod's system pool outlives a node."""
    if settings.ownership.environment == "prod" and settings.node_groups.system.min_nodes == 1:
        yield Broken(("node_groups", "system", "min_nodes"), 1, "prod needs 2 or more, so that one can fail")


def prod_floor(settings: Settings) -> Iterator[Broken]:
    """Prod serves on when spot capacity goes away."""
    if settings.ownership.environment != "prod":
        return
    for index, group in enumerate(settings.node_groups.spot):
        if group.on_demand_floor.min_nodes == 0:
            path = ("node_groups", "spot", index, "on_demand_floor", "min_nodes")
            yield Broken(path, 0, "nothing would serve when spot capacity goes away; allowed in prod: 1 or more")


def prod_deletion(settings: Settings) -> Iterator[Broken]:
    """Prod's cluster can't be deleted by accident."""
    if settings.ownership.environment == "prod" and not settings.cluster.deletion_protection:
        yield Broken(("cluster", "deletion_protection"), False, "allowed in prod: true")


def prod_images(settings: Settings) -> Iterator[Broken]:
    """Prod's machines get a new image when somebody decides so, not when one is published."""
    if settings.ownership.environment != "prod":
        return
    for index, pool in enumerate(settings.node_pools):
        if pool.ami_version == "latest":
            path = ("node_pools", index, "ami_version")
            yield Broken(path, "latest", "every release would replace the machines; allowed in prod: a tried release")


def retained(settings: Settings) -> Iterator[Broken]:
    """Outside dev what is stored outlives the stack."""
    environment = settings.ownership.environment
    if environment != "dev" and not settings.storage.retained:
        yield Broken(("storage", "retained"), False, f"allowed in {environment}: true; only dev may lose its data")


def classification(settings: Settings) -> Iterator[Broken]:
    """Dev holds no sensitive data."""
    ownership = settings.ownership
    if ownership.environment == "dev" and ownership.data_classification in ("confidential", "restricted"):
        yield Broken(
            ("ownership", "data_classification"),
            ownership.data_classification,
            "dev is not protected enough for it; allowed in dev: 'public' or 'internal'",
        )


def restricted_endpoint(settings: Settings) -> Iterator[Broken]:
    """Restricted data is behind a private API."""
    ranges = settings.cluster.public_endpoint_cidrs
    if settings.ownership.data_classification == "restricted" and ranges:
        yield Broken(
            ("cluster", "public_endpoint_cidrs"),
            ranges,
            "restricted data needs a private API endpoint; allowed with data_classification 'restricted': []",
        )


def restricted_audit(settings: Settings) -> Iterator[Broken]:
    """What happened to restricted data can be read back."""
    days = settings.storage.audit_lock_days
    if settings.ownership.data_classification == "restricted" and days < AUDIT_DAYS:
        yield Broken(("storage", "audit_lock_days"), days, f"restricted data needs {AUDIT_DAYS} days or more")


def unique_names(settings: Settings) -> Iterator[Broken]:
    """A group's name is its own, across all pools, dedicated hosts and DGX systems; 'system' is taken."""
    pools = settings.node_groups
    hybrid = settings.hybrid_nodes
    named = [
        *((("node_groups", "training", i), group) for i, group in enumerate(pools.training)),
        *((("node_groups", "inference", i), group) for i, group in enumerate(pools.inference)),
        *((("node_groups", "spot", i), group) for i, group in enumerate(pools.spot)),
        *((("dedicated_hosts", i), group) for i, group in enumerate(settings.dedicated_hosts)),
        *((("hybrid_nodes", "groups", i), group) for i, group in enumerate(hybrid.groups if hybrid else ())),
    ]
    owner = {"system": "node_groups.system"}
    for path, group in named:
        if group.name in owner:
            yield Broken(
                (*path, "name"),
                group.name,
                f"already the name of {owner[group.name]}; names are unique across pools",
            )
        owner.setdefault(group.name, ".".join(map(str, path[:-1])) + f"[{path[-1]}]")


RULES = (
    prod_network,
    prod_system,
    prod_floor,
    prod_deletion,
    prod_images,
    retained,
    classification,
    restricted_endpoint,
    restricted_audit,
    unique_names,
)
