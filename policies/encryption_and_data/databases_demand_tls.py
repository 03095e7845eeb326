"""Databases refuse connections without TLS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from policies.policy import EnforcementLevel, Severity, StackPolicy, Violation, each
from policies.reading import Properties, shown
from policies.resources import Resource, Stack

GROUPS = {
    "aws:docdb/cluster:Cluster": ("dbClusterParameterGroupName", "aws:docdb/clusterParameterGroup:*"),
    "aws:rds/cluster:Cluster": ("dbClusterParameterGroupName", "aws:rds/clusterParameterGroup:*"),
    "aws:rds/instance:Instance": ("parameterGroupName", "aws:rds/parameterGroup:*"),
    "aws:redshift/cluster:Cluster": ("clusterParameterGroupName", "aws:redshift/parameterGroup:*"),
}
"""Where a type names the group of parameters that says whether TLS is demanded."""
DEMANDS = {
    "postgres": ("rds.force_ssl", ("1",)),
    "sqlserver": ("rds.force_ssl", ("1",)),
    "mysql": ("require_secure_transport", ("1", "ON")),
    "mariadb": ("require_secure_transport", ("1", "ON")),
    "docdb": ("tls", ("enabled", "fips-140-3", "tls1.2+", "tls1.3+")),
    "redshift": ("require_ssl", ("true",)),
}
"""Parameter that demands TLS, by a word of the engine's name; engines that are not here (Oracle) have no such one."""


def validate(stack: Stack, _configuration: Properties) -> Iterator[Violation]:
    """Look at the parameter group of every database."""
    yield from each(stack.of_type(*GROUPS), partial(_database, stack))


def _database(stack: Stack, database: Resource) -> Iterator[Violation]:
    service = database.type.removeprefix("aws:").split("/")[0]
    engine = service if service != "rds" else database.properties.text("engine") or ""
    for word, (parameter, allowed) in DEMANDS.items():
        if word in engine:
            yield from _demanding(database, _groups(stack, database), parameter, allowed)


def _groups(stack: Stack, database: Resource) -> list[Resource]:
    """Return the parameter groups of a database that the stack makes; by dependency, or by an equal name.

    Raises `Undecided` for a name that is not known and comes from no group of the stack.
    """
    path, type_ = GROUPS[database.type]
    found = [group for group in stack.referred(database, path) if group in stack.of_type(type_)]
    if found:
        return found
    name = database.properties.text(path)
    return [group for group in stack.of_type(type_) if name and group.properties.text("name") == name]


def _demanding(
    database: Resource, groups: Sequence[Resource], parameter: str, allowed: Sequence[str]
) -> Iterator[Violation]:
    remedy = f"set {parameter} to {allowed[0]} in a parameter group of the stack, and name it"
    if not groups:
        yield Violation(
            "has no parameter group that is known to demand TLS", remedy, GROUPS[database.type][0], database
        )
    yield from each(groups, partial(_group, parameter=parameter, allowed=allowed, remedy=remedy))


def _group(group: Resource, parameter: str, allowed: Sequence[str], remedy: str) -> Iterator[Violation]:
    values = [given.text("value") for given in group.properties.inners("parameters") if given.text("name") == parameter]
    if not values:
        yield Violation(f"lacks {parameter}", remedy, "parameters", group)
    elif (value := values[-1] or "").upper() not in {one.upper() for one in allowed}:
        yield Violation(f"{parameter} is {shown(value)}", f"set it to {allowed[0]}", "parameters", group)


POLICY = StackPolicy(
    name="databases-demand-tls",
    description="Every database refuses connections without TLS.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    validate=validate,
)
