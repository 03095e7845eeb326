"""Databases have no public address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

MAY_STAND_OUTSIDE: Final = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
"""Types that are reached over the internet unless they are given subnets."""
PUBLIC_UNLESS_SAID: Final = (
    "aws:dms/replicationInstance:ReplicationInstance",
    "aws:dms/instanceProfile:InstanceProfile",
)
"""Types whose absent `publiclyAccessible` AWS reads as true."""


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at the flag, and at its absence where that leaves the database public."""
    properties = resource.properties
    if resource.type in MAY_STAND_OUTSIDE:
        if not properties.has("vpcOptions.subnetIds"):
            yield Violation("is reached over the internet", "give vpcOptions.subnetIds", "vpcOptions")
        return
    public = properties.flag("publiclyAccessible")
    if public:
        yield Violation("has a public address", "set publiclyAccessible to false", "publiclyAccessible")
    elif public is None and (resource.type in PUBLIC_UNLESS_SAID or _is_public_by_default(resource)):
        fault = "has a public address where nothing is said"
        yield Violation(fault, "set publiclyAccessible to false", "publiclyAccessible")


def _is_public_by_default(resource: Resource) -> bool:
    """Say so of a Multi-AZ cluster of RDS in the default VPC; other clusters leave the flag to their instances."""
    properties = resource.properties
    return properties.has("dbClusterInstanceClass") and not properties.has("dbSubnetGroupName")


POLICY = ResourcePolicy(
    name="no-public-database",
    description="Databases have no public address.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=(
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
        "aws:rds/shardGroup:ShardGroup",
        "aws:neptune/clusterInstance:ClusterInstance",
        "aws:redshift/cluster:Cluster",
        "aws:redshiftserverless/workgroup:Workgroup",
        "aws:timestreaminfluxdb/*",
        "aws:mq/broker:Broker",
        "aws:dms/replicationInstance:ReplicationInstance",
        "aws:dms/instanceProfile:InstanceProfile",
        *MAY_STAND_OUTSIDE,
    ),
    validate=validate,
)
