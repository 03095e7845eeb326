"""Databases cannot be deleted by one command or one wrong diff."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import relaxed_environments
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

PROTECTION = {
    "aws:docdb/cluster:Cluster": "deletionProtection",
    "aws:dsql/cluster:Cluster": "deletionProtectionEnabled",
    "aws:dynamodb/table:Table": "deletionProtectionEnabled",
    "aws:memorydb/cluster:Cluster": "",
    "aws:neptune/cluster:Cluster": "deletionProtection",
    "aws:opensearch/domain:Domain": "",
    "aws:opensearch/serverlessCollection:ServerlessCollection": "",
    "aws:rds/cluster:Cluster": "deletionProtection",
    "aws:rds/globalCluster:GlobalCluster": "deletionProtection",
    "aws:rds/instance:Instance": "deletionProtection",
    "aws:redshift/cluster:Cluster": "",
    "aws:redshiftserverless/namespace:Namespace": "",
    "aws:timestreamwrite/database:Database": "",
}
"""Where a type turns AWS's own protection on; empty where AWS has none."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at both protections: Pulumi's keeps the program from it, AWS's keeps everybody else from it."""
    if resource.environment in configuration.texts("relaxed_environments"):
        return
    if resource.type == "aws:rds/instance:Instance" and resource.properties.has("replicateSourceDb"):
        return  # replicas come and go; their source has the data
    if not resource.protect:
        yield Violation("is not protected in Pulumi", "declare it with protect=True")
    path = PROTECTION[resource.type]
    if path and resource.properties.flag(path) is not True:
        yield Violation("is not true: anybody with access can delete it", "set it to true", path)


POLICY = ResourcePolicy(
    name="databases-are-protected",
    description="Outside development, neither an update nor a command deletes a database.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(properties=relaxed_environments()),
    types=tuple(PROTECTION),
    validate=validate,
)
