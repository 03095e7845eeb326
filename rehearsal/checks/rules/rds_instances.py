"""What RDS refuses in the instances of Aurora clusters."""

from __future__ import annotations

import re

from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_given, numbers, of, text, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.rules.network import zone_of
from rehearsal.checks.rules.rds_cluster import AURORA, CLUSTER, INSTANCE
from rehearsal.checks.rules.rds_groups import INSTANCE_GROUP, POSTGRESQL, SUBNET_GROUP
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration, Resource

CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
TIERS = range(16)
MOST_INSTANCES = 16
SERVERLESS = "db.serverless"
_CLASS = re.compile(r"db\.([a-z0-9]+)\.(?:(?:2|4|8|12|16|24|32|48)?x)?large")


def _cluster(r: Registration, world: World) -> Resource | None:
    return world.find(text(r, "clusterIdentifier") or "", CLUSTER)


@rule(INSTANCE, source=facts.source("aurora_instance_families"))
def instance_class(r: Registration, world: World) -> Broken:
    """A class is one that Aurora has, and a serverless one is in a cluster that says how far it scales."""
    families = facts.values("aurora_instance_families")
    for at, name in texts(r, "instanceClass"):
        match = _CLASS.fullmatch(name)
        sized = match is not None and match[1] in families
        if text(r, "engine") in (None, *AURORA) and not sized and name not in facts.values("aurora_small_classes"):
            yield at, f"{name!r} is no class of Aurora's: {SERVERLESS}, db.t3, db.t4g, db.{', db.'.join(families)}"
        cluster = _cluster(r, world)
        unscaled = cluster is not None and cluster.registration.inputs.get("serverlessv2ScalingConfiguration") is None
        if name == SERVERLESS and unscaled:
            yield at, f"{name} needs a cluster with a serverlessv2ScalingConfiguration"


@rule(INSTANCE, source=CREATE)
def as_its_cluster(r: Registration, world: World) -> Broken:
    """An instance has its cluster's engine and version, and a cluster has at most 16."""
    cluster = _cluster(r, world)
    if cluster is None:
        return
    for name in ("engine", "engineVersion"):
        mine, theirs = text(r, name), of(cluster.outputs, name)
        if mine is not None and isinstance(theirs, str) and not _same(mine, theirs):
            yield name, f"{mine} is not the cluster's {theirs}"
    inside = [
        other
        for other in world.of_type(INSTANCE)
        if of(other.outputs, "clusterIdentifier") == text(r, "clusterIdentifier")
    ]
    if len(inside) >= MOST_INSTANCES:
        yield "clusterIdentifier", f"the cluster has {len(inside)} instances already; at most {MOST_INSTANCES}"
    if is_given(r, "preferredBackupWindow") and text(r, "engine") in AURORA:
        yield "preferredBackupWindow", "is the cluster's: an instance of Aurora has none of its own"


def _same(mine: str, theirs: str) -> bool:
    """Say whether versions agree; 17 is any 17.x."""
    return mine == theirs or theirs.startswith(f"{mine}.") or mine.startswith(f"{theirs}.")


@rule(INSTANCE, source=CREATE)
def in_subnet_group(r: Registration, world: World) -> Broken:
    """An instance's zone is one of its cluster's subnets."""
    cluster = _cluster(r, world)
    name = of(cluster.outputs, "dbSubnetGroupName") if cluster else None
    group = world.named(SUBNET_GROUP, name) if isinstance(name, str) else None
    subnets = of(group.outputs, "subnetIds") if group else None
    if not isinstance(subnets, list) or UNKNOWN in subnets:
        return
    zones = {zone_of(str(subnet), world) for subnet in subnets}
    for at, zone in texts(r, "availabilityZone"):
        if None not in zones and zone not in zones:
            yield at, one_of(zone, sorted(map(str, zones)))


@rule(INSTANCE, source=CREATE)
def settings(r: Registration, world: World) -> Broken:
    """A promotion tier is 0 to 15, and the parameter group is of the engine's version."""
    for at, tier in numbers(r, "promotionTier"):
        if tier not in TIERS:
            yield at, f"{tier} is not allowed; allowed: 0 to {TIERS.stop - 1}"
    cluster = _cluster(r, world)
    group = world.named(INSTANCE_GROUP, text(r, "dbParameterGroupName") or "")
    family = of(group.outputs, "family") if group else None
    version = of(cluster.outputs, "engineVersion") if cluster else None
    engine = of(cluster.outputs, "engine") if cluster else None
    if engine == POSTGRESQL and isinstance(family, str) and isinstance(version, str):
        fits = family == f"{POSTGRESQL}{version.partition('.')[0]}"
        yield from (
            () if fits else [("dbParameterGroupName", f"its family is {family}; the cluster is {engine} {version}")]
        )
    if is_absent(r, "engine"):
        yield "engine", "is missing"
