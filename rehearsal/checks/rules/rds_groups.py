"""What RDS refuses in subnet groups and parameter groups."""

from __future__ import annotations

import re
from typing import Final

from rehearsal.checks import facts
from rehearsal.checks.reading import items, mappings, of, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.rules.network import differ, vpc_of, zone_of
from rehearsal.checks.world import World
from rehearsal.plan import Registration

SUBNET_GROUP: Final = "aws:rds/subnetGroup:SubnetGroup"
CLUSTER_GROUP: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
INSTANCE_GROUP: Final = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUPS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html"
ZONES_NEEDED = 2
LONGEST_NAME = 255
POSTGRESQL = "aurora-postgresql"
_FAMILY = re.compile(r"(?:(?:aurora-)?mysql|mariadb|postgres)\d[\d.]*|(?:oracle|sqlserver|db2|custom)-.+")
_NUMBER = re.compile(r"-?\d+|.*\{.+\}.*|(?:GREATEST|LEAST|SUM)\(.+\)")
_PARAMETER = re.compile(r"[a-z][a-z0-9_.]*")


@rule(SUBNET_GROUP, source=SUBNET_GROUPS)
def subnet_group_name(r: Registration, _: World) -> Broken:
    """A subnet group's name is in lower case, and not that of AWS's own."""
    for at, name in texts(r, "name"):
        if name == "default" or not re.fullmatch(rf"[a-z0-9._ -]{{1,{LONGEST_NAME}}}", name):
            yield at, f"{name!r}: 1 to {LONGEST_NAME} of a-z, 0-9, ., _, - and spaces, and not 'default'"


@rule(SUBNET_GROUP, source=SUBNET_GROUPS)
def two_zones(r: Registration, world: World) -> Broken:
    """A subnet group has subnets of one VPC in at least two zones."""
    subnets = [subnet for subnet in items(r, "subnetIds") or () if isinstance(subnet, str)]
    if items(r, "subnetIds") is None:
        return
    yield from zones_and_vpc(subnets, "subnetIds", "a subnet group", world)


def zones_and_vpc(subnets: list[str], at: str, noun: str, world: World) -> Broken:
    """Yield what is wrong where subnets are not of one VPC and at least two zones."""
    zones = [zone_of(subnet, world) for subnet in subnets]
    if len(subnets) < ZONES_NEEDED or (None not in zones and len(set(zones)) < ZONES_NEEDED):
        seen = ", ".join(sorted({zone for zone in zones if zone})) or "none"
        yield at, f"{len(subnets)} subnets in {seen}; {noun} needs two zones"
    vpcs = [vpc_of(subnet, world) for subnet in subnets]
    for index, vpc in enumerate(vpcs):
        if differ(vpcs[0], vpc):
            yield f"{at}[{index}]", f"{subnets[index]} belongs to {vpc}, others of {noun} to {vpcs[0]}"


@rule(
    CLUSTER_GROUP,
    INSTANCE_GROUP,
    source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html",
)
def parameter_group(r: Registration, _: World) -> Broken:
    """A parameter group has a name of RDS's grammar, and a family of an engine that RDS has."""
    for at, name in texts(r, "name"):
        grammatical = re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) and len(name) <= LONGEST_NAME
        if not grammatical or name == "default":
            yield at, f"{name!r}: at most {LONGEST_NAME} of a-z, 0-9 and single hyphens, beginning with a letter"
    majors = facts.values("aurora_postgresql_versions")
    for at, family in texts(r, "family"):
        if family.startswith(POSTGRESQL) and family.removeprefix(POSTGRESQL) not in map(str, majors):
            yield at, one_of(family, [f"{POSTGRESQL}{major}" for major in majors])
        elif not family.startswith(POSTGRESQL) and not _FAMILY.fullmatch(family):
            yield at, f"{family!r} is the family of no engine that RDS has"


@rule(CLUSTER_GROUP, INSTANCE_GROUP, source=facts.source("postgresql_static_parameters"))
def parameters(r: Registration, _: World) -> Broken:
    """A parameter is one of the group's kind, set by a method that can set it, to a value of its form."""
    postgresql = any(family.startswith(POSTGRESQL) for _, family in texts(r, "family"))
    seen: set[str] = set()
    for at, parameter in mappings(r, "parameters[]"):
        name, value, method = (of(parameter, key) for key in ("name", "value", "applyMethod"))
        if not isinstance(name, str):
            continue
        if not _PARAMETER.fullmatch(name):
            yield f"{at}.name", f"{name!r} is no parameter: their names are of a-z, 0-9, _ and ."
        if name in seen:
            yield f"{at}.name", f"{name} is set twice"
        seen.add(name)
        if not postgresql:
            continue
        known_method = "applyMethod" not in parameter or method is not None
        if name in facts.values("postgresql_static_parameters") and known_method and method in (None, "immediate"):
            yield f"{at}.applyMethod", f"{name} is read at the start only: its method is pending-reboot"
        if r.type == INSTANCE_GROUP and name in facts.values("postgresql_cluster_parameters"):
            yield f"{at}.name", f"{name} belongs to the cluster: a group of instances does not have it"
        if name == "rds.force_ssl" and value not in (None, "0", "1", 0, 1):
            yield f"{at}.value", one_of(value, ("0", "1"))
        numeric = name in facts.values("postgresql_number_parameters")
        if numeric and isinstance(value, str) and not _NUMBER.fullmatch(value):
            yield f"{at}.value", f"{value!r}: {name} is a whole number in its own unit, or a formula"
