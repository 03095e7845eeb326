"""What RDS refuses in proxies, their pools and their targets."""

from __future__ import annotations

from typing import Final

from rehearsal.checks.reading import is_absent, items, mappings, number, numbers, of, text, texts
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.rules.network import differ, vpc_of
from rehearsal.checks.rules.rds_cluster import CLUSTER
from rehearsal.checks.rules.rds_groups import zones_and_vpc
from rehearsal.checks.world import World
from rehearsal.plan import Registration

PROXY: Final = "aws:rds/proxy:Proxy"
POOL: Final = "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup"
TARGET: Final = "aws:rds/proxyTarget:ProxyTarget"
CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html"
IDLE_SECONDS = range(1, 28801)
BORROW_SECONDS = range(3601)
FILTERS = ("EXCLUDE_VARIABLE_SETS",)
FAMILIES = {"POSTGRESQL": ("aurora-postgresql", "postgres"), "MYSQL": ("aurora-mysql", "mysql", "mariadb")}


@rule(PROXY, source=CREATE)
def signing_in(r: Registration, _: World) -> Broken:
    """A proxy signs in to its database with secrets, or with IAM throughout."""
    end_to_end = not is_absent(r, "defaultAuthScheme") and text(r, "defaultAuthScheme") != "NONE"
    if not end_to_end and (is_absent(r, "auths") or items(r, "auths") == []):
        yield "auths", "is missing; a proxy needs a secret to sign in with, or defaultAuthScheme IAM_AUTH"
    for at, auth in mappings(r, "auths[]"):
        if "secretArn" not in auth or auth["secretArn"] is None:
            yield f"{at}.secretArn", "is missing"


@rule(PROXY, source=CREATE)
def proxy_network(r: Registration, world: World) -> Broken:
    """A proxy has subnets of one VPC in two zones, and security groups of that VPC."""
    listed = items(r, "vpcSubnetIds")
    if listed is None:
        return
    subnets = [subnet for subnet in listed if isinstance(subnet, str)]
    yield from zones_and_vpc(subnets, "vpcSubnetIds", "a proxy", world)
    vpc = vpc_of(subnets[0], world) if subnets else None
    for at, group in texts(r, "vpcSecurityGroupIds[]"):
        if differ(vpc_of(group, world), vpc):
            yield at, f"{group} belongs to {vpc_of(group, world)}; the proxy's subnets to {vpc}"


@rule(PROXY, source=CREATE)
def idle(r: Registration, _: World) -> Broken:
    """An idle client is cut off after 1 second to 8 hours."""
    for at, seconds in numbers(r, "idleClientTimeout"):
        if seconds not in IDLE_SECONDS:
            yield at, f"{seconds} is not allowed; allowed: {IDLE_SECONDS.start} to {IDLE_SECONDS.stop - 1}"


@rule(POOL, source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html")
def pool(r: Registration, _: World) -> Broken:
    """A pool's shares are percentages, fewer idle than in all."""
    config = "connectionPoolConfig"
    most, idle_ = number(r, f"{config}.maxConnectionsPercent"), number(r, f"{config}.maxIdleConnectionsPercent")
    if most is not None and not 1 <= most <= 100:  # noqa: PLR2004 - percent
        yield f"{config}.maxConnectionsPercent", f"{most} is not allowed; allowed: 1 to 100"
    if idle_ is not None and not 0 <= idle_ <= (most if most is not None else 100):
        yield f"{config}.maxIdleConnectionsPercent", f"{idle_} is not allowed; allowed: 0 to maxConnectionsPercent"
    wait = number(r, f"{config}.connectionBorrowTimeout")
    if wait is not None and wait not in BORROW_SECONDS:
        yield f"{config}.connectionBorrowTimeout", f"{wait} is not allowed; allowed: 0 to {BORROW_SECONDS.stop - 1}"
    for at, name in texts(r, f"{config}.sessionPinningFilters[]"):
        if name not in FILTERS:
            yield at, one_of(name, FILTERS)


@rule(TARGET, source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RegisterDBProxyTargets.html")
def target(r: Registration, world: World) -> Broken:
    """A target is one cluster or instance, of an engine that the proxy speaks."""
    yield from exactly_one(r, ("dbClusterIdentifier", "dbInstanceIdentifier"), "a target")
    for at, name in texts(r, "targetGroupName"):
        if name != "default":
            yield at, one_of(name, ("default",))
    proxy = world.find(text(r, "dbProxyName") or "", PROXY)
    cluster = world.find(text(r, "dbClusterIdentifier") or "", CLUSTER)
    if proxy is None or cluster is None:
        return
    family, engine = of(proxy.outputs, "engineFamily"), of(cluster.outputs, "engine")
    if isinstance(engine, str) and isinstance(family, str) and engine not in FAMILIES.get(family, (engine,)):
        yield "dbClusterIdentifier", f"its engine is {engine}; the proxy's engineFamily is {family}"
