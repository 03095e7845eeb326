"""No packet from the internet gets to a database, neither by security groups nor by routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.addresses import PRIVATE_NETWORKS_ENTRY, networks_of
from policies.configuration import texts
from policies.networks import GROUP_IDS, GROUPS, SUBNETS, Networks
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack


@dataclass(frozen=True)
class Place:
    """Properties that say where a database stands."""

    groups: str = "vpcSecurityGroupIds"
    subnets: str = ""
    subnet_group: str = ""
    subnet_group_type: str = ""
    default_is_public: bool = False
    """Whether it stands in the default VPC, all of whose subnets lead to the internet, without a subnet group."""


RDS: Final = Place(
    subnet_group="dbSubnetGroupName", subnet_group_type="aws:rds/subnetGroup:SubnetGroup", default_is_public=True
)
CACHE: Final = Place("securityGroupIds", "", "subnetGroupName", "aws:elasticache/subnetGroup:SubnetGroup")
DOMAIN: Final = Place("vpcOptions.securityGroupIds", "vpcOptions.subnetIds")
OWN_SUBNETS: Final = Place("securityGroupIds", "subnetIds")
DATABASES: Final = {
    "aws:rds/cluster:Cluster": RDS,
    "aws:rds/instance:Instance": RDS,
    "aws:rds/proxy:Proxy": Place(subnets="vpcSubnetIds"),
    "aws:rds/proxyEndpoint:ProxyEndpoint": Place(subnets="vpcSubnetIds"),
    "aws:docdb/cluster:Cluster": Place(
        "vpcSecurityGroupIds", "", "dbSubnetGroupName", "aws:docdb/subnetGroup:SubnetGroup", default_is_public=True
    ),
    "aws:docdb/elasticCluster:ElasticCluster": Place(subnets="subnetIds"),
    "aws:neptune/cluster:Cluster": Place(
        "vpcSecurityGroupIds",
        "",
        "neptuneSubnetGroupName",
        "aws:neptune/subnetGroup:SubnetGroup",
        default_is_public=True,
    ),
    "aws:redshift/cluster:Cluster": Place(
        "vpcSecurityGroupIds",
        "",
        "clusterSubnetGroupName",
        "aws:redshift/subnetGroup:SubnetGroup",
        default_is_public=True,
    ),
    "aws:redshiftserverless/workgroup:Workgroup": OWN_SUBNETS,
    "aws:elasticache/cluster:Cluster": CACHE,
    "aws:elasticache/replicationGroup:ReplicationGroup": CACHE,
    "aws:elasticache/serverlessCache:ServerlessCache": OWN_SUBNETS,
    "aws:memorydb/cluster:Cluster": Place(
        "securityGroupIds", "", "subnetGroupName", "aws:memorydb/subnetGroup:SubnetGroup"
    ),
    "aws:opensearch/domain:Domain": DOMAIN,
    "aws:elasticsearch/domain:Domain": DOMAIN,
    "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint": OWN_SUBNETS,
    "aws:timestreaminfluxdb/dbInstance:DbInstance": Place(subnets="vpcSubnetIds"),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": Place(subnets="vpcSubnetIds"),
}


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the groups and at the subnets of each database."""
    databases = stack.of_type(*DATABASES)
    if not databases:
        return
    private = networks_of(configuration, "private_networks")
    networks = Networks(stack, private, configuration.texts("ends_at"))
    ways = networks.ways_in()
    yield from each(databases, lambda database: _by_groups(database, networks, ways))
    yield from each(databases, lambda database: _by_routes(database, networks))
    if networks.undecided:
        raise Undecided(networks.undecided[0])


def _by_groups(database: Resource, networks: Networks, ways: dict[str, str]) -> Iterator[Violation]:
    path = DATABASES[database.type].groups
    for key in sorted(networks.references(database, path, GROUPS, GROUP_IDS) & ways.keys()):
        remedy = "let groups in that nothing from the internet gets into"
        yield Violation(f"can be reached from the internet: {ways[key]}", remedy, path, database)


def _by_routes(database: Resource, networks: Networks) -> Iterator[Violation]:
    place = DATABASES[database.type]
    # A place without such a property refers to nothing.
    subnets = networks.references(database, place.subnets, SUBNETS, ("id",))
    groups = networks.references(database, place.subnet_group, (place.subnet_group_type,), ("id", "name"))
    if place.default_is_public and _is_in_default_vpc(database, groups):
        fault = "stands in the default VPC, whose subnets have a route to the internet"
        remedy = "give it a subnet group of subnets without one"
        yield Violation(fault, remedy, place.subnet_group, database)
    for group in (networks.stack.by_urn[key] for key in groups if key in networks.stack.by_urn):
        subnets |= networks.references(group, "subnetIds", SUBNETS, ("id",))
    for name in sorted(networks.name(key) for key in subnets if networks.leads_to_internet(key)):
        fault = f"stands in {name}, which has a route to an internet gateway"
        remedy = "move it to subnets without one"
        yield Violation(fault, remedy, place.subnet_group or place.subnets, database)


def _is_in_default_vpc(database: Resource, groups: set[str]) -> bool:
    """Say whether its subnet group is the default one, or none is given though it does not stand with its source."""
    properties, path = database.properties, DATABASES[database.type].subnet_group
    try:
        given = properties.text(path)
    except Undecided:
        if groups:  # not known yet, but what it comes from is
            return False
        raise
    copies = any(properties.has(source) for source in ("replicateSourceDb", "replicationSourceIdentifier"))
    return given == "default" or (given is None and not copies)


POLICY = StackPolicy(
    name="no-path-from-internet-to-database",
    description="No packet from the internet gets to a database, neither by security groups nor by routes.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "private_networks": PRIVATE_NETWORKS_ENTRY,
            "ends_at": texts(
                "Names of security groups through which nothing gets any further, such as those of a "
                "load balancer that asks for a sign-in; * stands for anything.",
                [],
            ),
        }
    ),
    validate=validate,
)
